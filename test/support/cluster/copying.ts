import type { WorkflowHandle } from '@temporalio/client';
import type { FaultCluster } from './fault-cluster';
import { busiestNode } from './watch-run';

/** Slow enough that something can be done to a copy. */
export const SLOW = { bytesPerSecond: 1_000_000 };

/** Ends the slowness that gave time to do something to a copy. */
export async function hurry(handle: WorkflowHandle): Promise<void> {
  await handle.executeUpdate('setLimits', { args: [{ bytesPerSecond: 0 }] });
}

/** 0–2: the node that has most left to copy. */
export async function busiest(cluster: FaultCluster, handle: WorkflowHandle): Promise<number> {
  const name = await busiestNode(handle, cluster.json);
  return cluster.json.tservers.findIndex(({ address }) => name.endsWith(address));
}

/** A database whose copy takes seconds at the slow rate. `bytes`: of each of its added files. */
export async function bulky(cluster: FaultCluster, bytes = 500_000, files = 40): Promise<string> {
  const database = await cluster.database();
  await cluster.act('ballast', { database: database.slice(5), bytes, files });
  return database;
}
