import type { Cluster } from '../cluster';
import type { EmulatorOptions } from '../options';

/** A statement that YSQL refuses, with the SQLSTATE that its client sees. */
export interface Refusal {
  code: string;
  message: string;
}

interface Refuses {
  /** Of a database with a snapshot schedule: yugabyte-db #11957 (April 2022), so from 2.13.2 and 2.14.0 on [inferred from the date]. */
  dropDatabase: boolean;
  /** Of any tablespace, while any database has a schedule: #12508 (May 2022). */
  dropTablespace: boolean;
}

// TRUNCATE was refused from #11777 (2.13.2) until it became a rewrite of the table (docs of 2024.1, pull request #22302): in neither of these.
const REFUSES: Readonly<Record<EmulatorOptions['dialect'], Refuses>> = {
  '2.6': { dropDatabase: false, dropTablespace: false },
  '2025.1': { dropDatabase: true, dropTablespace: true },
};

const NAME = '("(?:[^"]|"")+"|[^\\s;("]+)';
const DROP_DATABASE = new RegExp(`^\\s*DROP\\s+DATABASE\\s+(?:IF\\s+EXISTS\\s+)?${NAME}`, 'i');
const DROP_TABLESPACE = new RegExp(`^\\s*DROP\\s+TABLESPACE\\s+(?:IF\\s+EXISTS\\s+)?${NAME}`, 'i');

const plainName = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();

/**
 * Why a statement is refused for a snapshot schedule. The text for databases is `DeleteYsqlDatabase` of src/yb/master/catalog_manager.cc (commit
 * 009b2dda77), shortened where it prints protobufs; that for tablespaces is the emulator's own, after the one for profiles that #32181 quotes.
 */
export async function refusedForSchedule(cluster: Cluster, text: string): Promise<Refusal | undefined> {
  const refuses = REFUSES[cluster.options.dialect];
  const [, database] = DROP_DATABASE.exec(text) ?? [];
  if (database !== undefined && refuses.dropDatabase) {
    const name = plainName(database);
    const found = await cluster.databases.named(name);
    const covering = cluster.schedules.live.filter(({ databaseOid }) => databaseOid === found?.oid);
    if (!found || covering.length === 0) return undefined;
    const ids = covering.map(({ id }) => `id: ${id}`).join(', ');
    return {
      code: 'XX000',
      message: `Cannot delete database which has schedule: [${ids}], request: namespace { id: "${found.id}" name: "${name}" database_type: YQL_DATABASE_PGSQL } database_type: YQL_DATABASE_PGSQL: NAMESPACE_IS_NOT_EMPTY`,
    };
  }
  const [, tablespace] = DROP_TABLESPACE.exec(text) ?? [];
  if (tablespace !== undefined && refuses.dropTablespace && cluster.schedules.live.length > 0)
    return {
      code: '2BP01',
      message: `tablespace "${plainName(tablespace)}" cannot be dropped: dropping tablespaces is not allowed on clusters with Point in Time Restore activated.`,
    };
  return undefined;
}
