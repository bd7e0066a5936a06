import type { WorkflowExecutionInfo } from '@temporalio/client';
import { setTimeout as pause } from 'node:timers/promises';
import { emptyBucketOf } from './bucket';
import { dropMarked, findMarked, type FoundDatabase } from './marked';
import { PREFIX, tokenOf } from './names';
import type { World } from './world';

export interface CleanedUp {
  /** What was found and dropped. */
  dropped: string[];
  /** What could not be dropped, or was not made by this command; one line each. */
  stays: string[];
  /**
   * Objects in the bucket that Kalpa's keys may not delete, as intended; someone with more rights has to delete them.
   */
  inTheBucket: string[];
}

/** A cancelled run first undoes what it did, which takes as long as the cluster needs. */
const RUNS_END_TIMEOUT_MS = 10 * 60_000;
const POLL_INTERVAL_MS = 500;

/**
 * Ends the runs on databases of this command, whether of this process or of one that died; waits until they and their
 * guardians have undone their changes; then drops everything that was made: databases, keyspaces, their schedules and
 * snapshots, backups and dumps.
 */
export async function cleanUp(world: World): Promise<CleanedUp> {
  const [dropped, stays, inTheBucket]: [string[], string[], string[]] = [[], [], []];
  await endRuns(world);
  const { ours, unmarked } = await findMarked(world.sql, world.yugabyte, world.token);
  // Before the databases: their names show which objects in the bucket are ours.
  const tokens = new Set([world.token, ...ours.flatMap(({ name }) => tokenOf(name) ?? [])]);
  for (const token of tokens)
    inTheBucket.push(
      ...(await emptyBucketOf(world.store, world.cluster, token).catch((error: unknown) => [
        `backups of ${PREFIX}${token}_…: ${error instanceof Error ? error.message : String(error)}`,
      ])),
    );
  for (const found of ours) {
    try {
      const left = await dropMarked(world.yugabyte, found);
      stays.push(...left);
      if (left.length === 0) dropped.push(`${found.api}.${found.name}`);
    } catch (error) {
      stays.push(`${found.api}.${found.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  stays.push(...unmarked.map(notOurs));
  return { dropped, stays, inTheBucket };
}

const notOurs = ({ api, name }: FoundDatabase): string =>
  `${api}.${name}: its name looks like one of this command, but it does not hold the marker, so it was not touched. If it is of no use, drop it yourself`;

/** Operations on our databases, and the guardians that hold the locks. */
async function endRuns({ client, cluster }: World): Promise<void> {
  const { workflow } = client.temporal;
  const query = `ExecutionStatus = 'Running' AND TaskQueue = '${client.taskQueue}'`;
  const giveUpAt = Date.now() + RUNS_END_TIMEOUT_MS;
  for (const cancelled = new Set<string>(); ;) {
    const open: WorkflowExecutionInfo[] = [];
    for await (const info of workflow.list({ query })) if (info.workflowId.includes(PREFIX)) open.push(info);
    if (open.length === 0) return;
    if (Date.now() > giveUpAt)
      throw new Error(
        `${open.map(({ workflowId }) => workflowId).join(', ')} did not end within ${RUNS_END_TIMEOUT_MS / 60_000} min, so nothing of theirs was dropped. Look at them in the Temporal UI; \`kalpa conformance\` cleans up at its next start.`,
      );
    for (const { workflowId, runId } of open) {
      // A guardian ends by itself when its owner has, and must not be cancelled before.
      if (workflowId.startsWith(`busy/${cluster}`) || cancelled.has(runId)) continue;
      cancelled.add(runId);
      await workflow
        .getHandle(workflowId, runId)
        .cancel()
        .catch(() => undefined); // it has ended meanwhile
    }
    await pause(POLL_INTERVAL_MS);
  }
}
