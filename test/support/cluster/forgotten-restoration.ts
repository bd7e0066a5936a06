import type { FaultCluster } from './fault-cluster';

/**
 * What a restoration of unknown fate leaves, the one leftover that may be: looked at, and removed as a person would.
 */
export async function removeForgotten(cluster: FaultCluster): Promise<void> {
  const left = await cluster.leftovers();
  expect(left).toEqual([expect.stringMatching(/^snapshot [0-9a-f-]{36} /), expect.stringMatching(/^database kalpa_/)]);
  const [snapshot = '', scratch = ''] = left.map((line) => line.split(' ')[1]);
  await cluster.ybAdmin('delete_snapshot', snapshot);
  await cluster.sql('yugabyte', `DROP DATABASE ${scratch}`);
}
