import { tablesOf, type Entities } from '../../../yugabyte';
import type { NodeState } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import type { Checks } from '../preflight/checks';

/** SST bytes of every replica on the nodes that answer. */
export async function bytesByTablet(
  { yugabyte }: ControlDependencies,
  nodes: NodeState[],
  checks: Checks,
): Promise<Map<string, number>> {
  const cluster = yugabyte();
  const bytes = new Map<string, number>();
  const tservers = (await checks.look('The tservers', async () => await cluster.tservers())) ?? [];
  for (const { address, http } of tservers.filter(({ uuid }) =>
    nodes.some((node) => node.uuid === uuid && node.alive),
  )) {
    const tablets = await checks.look(`The tablets of ${address}`, async () => await cluster.http.tserverTablets(http));
    for (const { id, sstBytes } of tablets ?? []) bytes.set(id, (bytes.get(id) ?? 0) + sstBytes);
  }
  return bytes;
}

/**
 * Tables, tablets and bytes of one database. `types`: of the tables that clients see, by id; dropped ones that a
 * snapshot keeps are not among them.
 */
export function countsOf(
  entities: Entities | undefined,
  database: string,
  { bytes, types }: { bytes: Map<string, number>; types: ReadonlyMap<string, string> | undefined },
): { tables: number; tablets: number; bytes: number } {
  const all = entities ? tablesOf(entities, database) : [];
  const tables = types ? all.filter(({ id }) => types.has(id)) : all;
  const ids = new Set(tables.map(({ id }) => id));
  const tablets = entities?.tablets.filter(({ tableId }) => ids.has(tableId)) ?? [];
  return {
    tables: tables.filter(({ id }) => types?.get(id) !== 'index').length,
    tablets: tablets.length,
    bytes: tablets.reduce((sum, { id }) => sum + (bytes.get(id) ?? 0), 0),
  };
}
