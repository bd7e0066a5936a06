import { bareName } from '../../../contract';
import type { ControlDependencies } from '../dependencies';
import type { Findings } from './findings';
import { keyspaceTables, userKeyspaces } from '../keyspace-tables';

/** The keyspaces of a dump, `ycql.…`, by name; what stands in its way is a finding. */
export async function keyspacesToDump(
  { yugabyte, config }: ControlDependencies,
  { database, tables, rows }: { database?: string; tables?: string[]; rows: boolean },
  findings: Findings,
): Promise<string[]> {
  const letIn = await findings.check('YCQL', async () => {
    await yugabyte().cql.ping();
    return true;
  });
  if (letIn === undefined) return [];
  if (rows) {
    findings.warnings.push(
      'Rows of a keyspace are read table after table, so they are not of one moment, and times to live and write times are not in a dump. A backup (backUpDatabase) has both.',
    );
  }
  if (database === undefined) {
    const entities = await findings.check('The keyspaces', async () => await yugabyte().http.dumpEntities());
    return entities
      ? userKeyspaces(entities)
          .map((name) => `ycql.${name}`)
          .sort()
      : [];
  }
  const there = await findings.check(
    `The keyspace ${database}`,
    async () => (await keyspaceTables(yugabyte(), bareName(database))) ?? ('none' as const),
  );
  if (there === undefined) return [];
  if (there === 'none') {
    findings.add(
      'NotFound',
      `There is no keyspace ${database} on cluster ${config.cluster}. List them: kalpa inspect.`,
      { database },
    );
    return [];
  }
  const names = there.filter(({ index }) => !index).map(({ name }) => name);
  const unknown = (tables ?? []).filter((table) => !names.includes(table));
  if (unknown.length > 0)
    findings.add(
      'NotFound',
      `${database} has no table ${unknown.join(', ')}. It has: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
      { tables: unknown },
    );
  return [database];
}
