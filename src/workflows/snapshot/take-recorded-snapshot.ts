import type { DescribedSnapshot } from '../../activities/control/snapshot/describe-snapshot';
import { checkedDurationMs, type CreateSnapshotInput } from '../../contract';
import { failure, failureType, reasonOf } from '../run/failure';
import type { HeldDatabase } from '../lock/hold-database';
import { notedStep } from '../run/noted-step';
import { control, inPassing, patient, wait } from '../run/policies';
import { unlessAway } from '../run/unless-away';

const TAKES_AT_MOST = 5;
const HOUR_MS = 3_600_000;

export interface RecordedSnapshot extends DescribedSnapshot {
  snapshotId: string;
  /** Under which the guardian would undo it. */
  key: string;
}

/**
 * A COMPLETE snapshot whose schema is known, recorded as ours; DDL in between, or a snapshot that fails: deleted and taken
 * again. All under the cluster lock.
 */
export async function takeRecordedSnapshot(held: HeldDatabase<CreateSnapshotInput>): Promise<RecordedSnapshot> {
  const reasons: string[] = [];
  for (let take = 1; take <= TAKES_AT_MOST; take += 1) {
    const again = reasons.at(-1);
    const taken = await held.progress.during(again && `Taking the snapshot again: ${again}`, () =>
      takeOnce(held, `snapshot ${take}`),
    );
    if ('snapshotId' in taken) return taken;
    reasons.push(taken.retake);
    held.warn(`The snapshot was taken again: ${taken.retake}`);
  }
  const failing = reasons.every((reason) => reason.startsWith('the snapshot'));
  throw failure(
    failing ? 'SnapshotFailed' : 'SchemaChanging',
    `${held.database} could not be snapshotted: ${TAKES_AT_MOST} snapshots in a row were given up (last: ${reasons.at(-1) ?? ''}). ` +
      (failing ? 'Look at the masters and tservers, then try again.' : 'Try again in a time without DDL.'),
    reasons.map((reason) => ({ reason })),
  );
}

async function takeOnce(
  held: HeldDatabase<CreateSnapshotInput>,
  key: string,
): Promise<RecordedSnapshot | { retake: string }> {
  const { database, guardian, guardians, settings, request, warn } = held;
  return await guardians.withCluster(async () => {
    const before = await control(settings, 'snapshots and catalog version before').lookBeforeSnapshot({ database });
    const undo = { kind: 'snapshot' as const, database, listedBefore: before.snapshotIds };
    const guarded = guardians.guarded();
    const { snapshotId, warnings } = await notedStep(held, { key, undo }, () =>
      control(settings, `snapshot of ${database}`).createSnapshot({
        guarded,
        database,
        ...(request.tables ? { tables: request.tables } : {}),
        listedBefore: before.snapshotIds,
        retentionHours: request.keepFor === undefined ? 0 : Math.ceil(checkedDurationMs(request.keepFor) / HOUR_MS),
      }),
    );
    warnings.forEach(warn);
    await guardian.note(key, { ...undo, snapshotId });
    const giveUp = async (retake: string) => {
      await control(settings, `delete ${snapshotId}`).deleteSnapshot({ guarded, snapshotId });
      await guardian.release(key);
      return { retake };
    };
    try {
      await wait(settings, `until the snapshot of ${database} is COMPLETE`, 'snapshotDeadline').waitForSnapshot({
        snapshotId,
      });
    } catch (error) {
      if (failureType(error) !== 'SnapshotFailed') throw error;
      return await giveUp(`the snapshot ${reasonOf(error)}`);
    }
    const described = await patient(settings, `moment, end and schema of ${snapshotId}`).describeSnapshot({
      snapshotId,
      database,
    });
    const after = await control(settings, 'catalog version after').lookBeforeSnapshot({ database });
    if (after.catalogVersion !== before.catalogVersion)
      return await giveUp(
        `the catalog version went from ${before.catalogVersion} to ${after.catalogVersion} while it was taken`,
      );
    await unlessAway(
      held,
      `The record of snapshot ${snapshotId} could not be written, so Kalpa will take it for somebody else's: it does not delete it, and a restore in place compares only its tables`,
      () => inPassing(settings, 'record in the bucket').recordSnapshot({ guarded, snapshotId, database, ...described }),
    );
    return { snapshotId, key, ...described };
  });
}
