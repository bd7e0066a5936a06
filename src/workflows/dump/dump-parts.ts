import type { DumpTextInput } from '../../activities/control/dump/dump-text';
import type { DumpPartRef } from '../../repository';
import { apiOf, type CopyOptions } from '../../contract';
import { longStep, streaming } from '../run/policies';
import type { Dump } from './open-dump';
import { given } from '../../objects/given';

interface PartsToDump {
  /** `ysql.orders`, `ycql.shop`. */
  database: string;
  content: 'all' | 'schema' | 'data';
  tables?: string[] | undefined;
  copyOptions?: CopyOptions | undefined;
}

/**
 * One database as the parts of a dump: for YSQL one text; for a keyspace its definitions, and the rows of each table.
 */
export async function dumpParts(dump: Dump, wanted: PartsToDump): Promise<DumpPartRef[]> {
  if (apiOf(wanted.database) === 'ycql') return await dumpKeyspace(dump, wanted);
  const { database, content, tables } = wanted;
  const text = { part: { database, content }, ...given({ tables }) };
  return [await dumpText(dump, `ysql_dump of ${database} into the bucket`, text)];
}

/** One text, as its tool prints it; the step's warnings are added to the result. */
export async function dumpText(
  { identity, settings, guardians, warnings }: Dump,
  summary: string,
  text: Pick<DumpTextInput, 'part' | 'tables'>,
): Promise<DumpPartRef> {
  const step = { guarded: guardians.guarded(), dump: identity, ...text };
  const { warnings: more = [], ...part } = await streaming(settings, summary).dumpText(step);
  warnings.push(...more);
  return part;
}

/** Definitions first, then the rows of each table; at the end the definitions must still be the same. */
async function dumpKeyspace(
  { identity, settings, guardians, progress, warnings }: Dump,
  { database, content, tables, copyOptions = {} }: PartsToDump,
): Promise<DumpPartRef[]> {
  const guarded = guardians.guarded();
  const dump = identity;
  const chosen = tables === undefined ? {} : { tables };
  const keyspace = await longStep(settings, `definitions of ${database} into the bucket`).dumpKeyspace({
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
  await longStep(settings, `are the definitions of ${database} still the same?`).confirmKeyspace({
    database,
    described: keyspace.part.described ?? '',
  });
  if (keyspace.expiring.length > 0)
    warnings.push(
      `Rows of ${keyspace.expiring.join(', ')} have a time to live (default_time_to_live), which starts again after a load.`,
    );
  return parts;
}
