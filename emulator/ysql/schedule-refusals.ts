import type { Cluster } from '../cluster';
import { has } from '../releases';

/** A statement that YSQL refuses, with the SQLSTATE that its client sees. */
export interface Refusal {
  code: string;
  message: string;
}

const NAME = '("(?:[^"]|"")+"|[^\\s;("]+)';
const DROP_DATABASE = new RegExp(`^\\s*DROP\\s+DATABASE\\s+(?:IF\\s+EXISTS\\s+)?${NAME}`, 'i');
const TRUNCATE = new RegExp(`^\\s*TRUNCATE\\s+(?:TABLE\\s+)?(?:ONLY\\s+)?(?:[^\\s.;]+\\.)?${NAME}`, 'i');
const DROP_TABLESPACE = new RegExp(`^\\s*DROP\\s+TABLESPACE\\s+(?:IF\\s+EXISTS\\s+)?${NAME}`, 'i');

const plainName = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();

/**
 * Why a statement is refused because of a snapshot schedule. The text for databases is that of `DeleteYsqlDatabase` of
 * src/yb/master/catalog_manager.cc (commit 009b2dda77), shortened where it prints protobufs; that for tablespaces is
 * the emulator's own, modelled on the one for profiles that #32181 quotes; that for TRUNCATE is quoted in #16172.
 */
export async function refusedForSchedule(
  cluster: Cluster,
  { text, database: current }: { text: string; database: string },
): Promise<Refusal | undefined> {
  const { dialect } = cluster.options;
  const [, database] = DROP_DATABASE.exec(text) ?? [];
  if (database !== undefined && has(dialect, 'keepsScheduledDatabases')) {
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
  if (tablespace !== undefined && has(dialect, 'keepsTablespaces') && cluster.schedules.live.length > 0)
    return {
      code: '2BP01',
      message: `tablespace "${plainName(tablespace)}" cannot be dropped: dropping tablespaces is not allowed on clusters with Point in Time Restore activated.`,
    };
  const [, table] = TRUNCATE.exec(text) ?? [];
  if (table === undefined || !has(dialect, 'refusesTruncate') || has(dialect, 'truncateRewrites')) return undefined;
  const here = await cluster.databases.named(current);
  const [covering] = cluster.schedules.live.filter(({ databaseOid }) => databaseOid === here?.oid);
  return covering && here
    ? {
        code: 'XX000',
        message: `Cannot truncate table ${plainName(table)} which has schedule: ${covering.id}: INVALID_REQUEST`,
      }
    : undefined;
}
