import type { DumpPartRef } from '../../repository';
import type { CopyOptions } from '../../contract';
import { patient, streaming } from '../run/policies';
import type { Dump } from './open-dump';

interface KeyspaceDump {
  /** `ycql.shop`. */
  database: string;
  content: 'all' | 'schema' | 'data';
  tables?: string[] | undefined;
  copyOptions?: CopyOptions | undefined;
}

/** Definitions first, then the rows of each table; in the end the definitions must still be the same. */
export async function dumpKeyspace(
  { identity, settings, guardians, progress, warnings }: Dump,
  { database, content, tables, copyOptions = {} }: KeyspaceDump,
): Promise<DumpPartRef[]> {
  const guarded = guardians.guarded();
  const dump = identity;
  const chosen = tables === undefined ? {} : { tables };
  const keyspace = await patient(settings, `definitions of ${database} into the bucket`).dumpKeyspace({
    ...{ guarded, dump, database, content },
    ...chosen,
  });
  warnings.push(...(keyspace.warnings ?? []));
  if (content === 'schema') return [keyspace.part];
  const parts = [keyspace.part];
  for (const [i, table] of keyspace.tables.entries()) {
    parts.push(
      await progress.during(`${database}: ${table}, ${i + 1} of ${keyspace.tables.length}.`, () =>
        streaming(settings, `rows of ${table} into the bucket`).dumpTable({
          ...{ guarded, dump, database, table, copyOptions },
        }),
      ),
    );
  }
  await patient(settings, `are the definitions of ${database} still the same?`).confirmKeyspace({
    database,
    described: keyspace.part.described ?? '',
  });
  if (keyspace.expiring.length > 0)
    warnings.push(
      `Rows of ${keyspace.expiring.join(', ')} have a time to live (default_time_to_live); after a load it begins anew.`,
    );
  return parts;
}
