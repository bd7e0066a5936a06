import { ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  checkedDurationMs,
  CREATE_SNAPSHOT_PHASES,
  createSnapshotInput,
  expiryId,
  formatMicros,
  instantMicros,
  type CreateSnapshotInput,
  type CreateSnapshotResult,
} from '../contract';
import { expireSnapshot } from './expire-snapshot';
import { finishRun } from './run/finish-run';
import { holdDatabase } from './lock/hold-database';
import { takeRecordedSnapshot } from './snapshot/take-recorded-snapshot';
import { shortStep } from './run/policies';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { given } from '../objects/given';

/** Takes a snapshot that stays inside the cluster, and makes sure that it is deleted when it expires. */
export async function createSnapshot(input: CreateSnapshotInput): Promise<CreateSnapshotResult> {
  return await runOperation(
    {
      name: 'createSnapshot',
      input: createSnapshotInput,
      phases: CREATE_SNAPSHOT_PHASES,
      subject: ({ database }) => `Snapshot of ${database} in ${ownCluster()}`,
      complete: ({ snapshotId, database, createdAt, expiresAt }) =>
        `snapshot ${snapshotId} holds ${database} as of ${createdAt}; it stays until ${expiresAt ?? 'it is deleted'}.`,
    },
    input,
    create,
  );
}

async function create({ request, settings, progress }: StartedRun<CreateSnapshotInput>): Promise<CreateSnapshotResult> {
  const { database, keepFor } = request;
  const held = await holdDatabase(
    { operation: 'createSnapshot', request, database, settings, progress },
    async (questions) => {
      await questions.ask(
        `may ${database} be snapshotted?`,
        async (summary, patience) =>
          await shortStep(settings, summary).preflightSnapshot({
            database,
            ...given({ tables: request.tables }),
            ...patience,
          }),
      );
    },
  );
  return await finishRun(held, async () => {
    progress.enter('snapshot');
    const { snapshotId, key, createdAt, expiresAt: byItself } = await takeRecordedSnapshot(held);
    const wanted = keepFor === undefined ? undefined : plus(createdAt, checkedDurationMs(keepFor));
    const ours = wanted !== undefined && (byItself === undefined || wanted < byItself);
    if (ours) await startExpiry(snapshotId, database, wanted);
    if (byItself !== undefined && (wanted === undefined || byItself < wanted)) {
      held.warn(
        `The cluster itself deletes this snapshot at ${byItself}, earlier than requested (its flag default_snapshot_retention_hours). Back the database up to keep it longer.`,
      );
    }
    await held.guardian.release(key); // from here on it is meant to stay
    const expiresAt = ours ? wanted : byItself;
    return { snapshotId, database, createdAt, ...given({ expiresAt }) };
  });
}

const plus = (instant: string, ms: number): string =>
  formatMicros(String(BigInt(instantMicros(instant) ?? 0) + BigInt(ms) * 1000n));

async function startExpiry(snapshotId: string, database: string, at: string): Promise<void> {
  try {
    await startChild(expireSnapshot, {
      workflowId: expiryId(snapshotId),
      args: [{ snapshotId, database, at }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      taskQueue: workflowInfo().taskQueue,
      staticSummary: `deletes snapshot ${snapshotId} of ${database} at ${at}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error; // this run was reset
  }
}
