import type { DescribedSnapshot } from '../../activities/control/snapshot/describe-snapshot';
import { checkedDurationMs, type CreateSnapshotInput } from '../../contract';
import type { HeldDatabase } from '../lock/hold-database';
import { sideQuestion, longStep, shortStep } from '../run/policies';
import { retryingSnapshot, takeSnapshot, type SnapshotRetry, type TakenSnapshot } from '../run/take-snapshot';
import { tolerateStoreOutage } from '../run/tolerate-store-outage';

const HOUR_MS = 3_600_000;

export type RecordedSnapshot = DescribedSnapshot & Pick<TakenSnapshot, 'snapshotId' | 'key'>;

/**
 * A COMPLETE snapshot whose schema is known, recorded as ours; if DDL comes in between or the snapshot fails, it is
 * taken again.
 */
export async function takeRecordedSnapshot(held: HeldDatabase<CreateSnapshotInput>): Promise<RecordedSnapshot> {
  const { keepFor } = held.request;
  const retentionHours = keepFor === undefined ? 0 : Math.ceil(checkedDurationMs(keepFor) / HOUR_MS);
  return await retryingSnapshot<RecordedSnapshot>(held, 'snapshotted', (attempt, again) =>
    again(() => takeSnapshot(held, { key: `snapshot ${attempt}`, retentionHours }, (taken) => recorded(held, taken))),
  );
}

async function recorded(
  held: HeldDatabase<CreateSnapshotInput>,
  { snapshotId, key, catalogBefore }: TakenSnapshot,
): Promise<RecordedSnapshot | SnapshotRetry> {
  const { database, guardians, settings } = held;
  const described = await longStep(settings, `moment, end and schema of ${snapshotId}`).describeSnapshot({
    snapshotId,
    database,
  });
  const { catalogVersion } = await shortStep(settings, 'catalog version after').lookBeforeSnapshot({ database });
  if (catalogVersion !== catalogBefore)
    return { retake: `the catalog version went from ${catalogBefore} to ${catalogVersion} while it was taken` };
  const guarded = guardians.guarded();
  await tolerateStoreOutage(
    held,
    `The record of snapshot ${snapshotId} could not be written, so Kalpa treats it as someone else's: it does not delete it, and a restore in place compares only its tables`,
    () =>
      sideQuestion(settings, 'record in the bucket').recordSnapshot({ guarded, snapshotId, database, ...described }),
  );
  return { snapshotId, key, ...described };
}
