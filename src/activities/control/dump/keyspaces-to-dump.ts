import { userKeyspaces } from '../run/keyspace-tables';
import { addMissingDatabase, checkNamed, checkYcql, lookAtKeyspace } from '../preflight/check-database';
import type { Checks } from '../preflight/checks';

/** The keyspaces of a dump, `ycql.…`, by name; what stands in its way is a finding. */
export async function keyspacesToDump(
  checks: Checks,
  { database, tables, rows }: { database?: string; tables?: string[]; rows: boolean },
): Promise<string[]> {
  if (!(await checkYcql(checks))) return [];
  if (rows) {
    checks.warn(
      'Rows of a keyspace are read table after table, so they are not of one moment, and times to live and write times are not in a dump. A backup (backUpDatabase) has both.',
    );
  }
  if (database === undefined) {
    const entities = await checks.look(
      'The keyspaces',
      async ({ yugabyte }, { signal }) => await yugabyte().http.dumpEntities(signal),
    );
    return entities
      ? userKeyspaces(entities)
          .map((name) => `ycql.${name}`)
          .sort()
      : [];
  }
  const there = await lookAtKeyspace(checks, database);
  if (there === undefined) return [];
  if (there === 'none') {
    await addMissingDatabase(checks, database);
    return [];
  }
  checkNamed(checks, { database, tables, there });
  return [database];
}
