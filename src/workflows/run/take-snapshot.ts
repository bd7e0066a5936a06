import { failure, failureType, reasonOf } from './failure';
import { notedStep } from './noted-step';
import { shortStep, wait } from './policies';
import type { HeldDatabase } from '../lock/hold-database';
import { given } from '../../objects/given';

/** After so many failed snapshots in a row, the cause is not chance. */
const MAX_ATTEMPTS = 5;

/** Why a snapshot can't be used: it is deleted and taken again. */
export interface SnapshotRetry {
  retake: string;
}

/** A COMPLETE snapshot, and the state in which it was taken. */
export interface TakenSnapshot {
  snapshotId: string;
  /** The key under which the guardian would undo it. */
  key: string;
  catalogBefore: string;
}

/** Takes snapshots with `take` until one can be used. `done`: what failed otherwise, as in "could not be backed up". */
export async function retryingSnapshot<T extends object>(
  { database, progress, warn }: Pick<HeldDatabase<unknown>, 'database' | 'progress' | 'warn'>,
  done: string,
  take: (
    attempt: number,
    again: (work: () => Promise<T | SnapshotRetry>) => Promise<T | SnapshotRetry>,
  ) => Promise<T | SnapshotRetry>,
): Promise<T> {
  const reasons: string[] = [];
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const before = reasons.at(-1);
    const again = before && `Taking the snapshot again: ${before}`;
    const taken = await take(attempt, (work) => progress.during(again, work));
    if (!('retake' in taken)) return taken;
    reasons.push(taken.retake);
    warn(`The snapshot was taken again: ${taken.retake}`);
  }
  const failing = reasons.every((reason) => reason.startsWith('the snapshot'));
  throw failure(
    failing ? 'SnapshotFailed' : 'SchemaChanging',
    `${database} could not be ${done}: ${MAX_ATTEMPTS} snapshots in a row were given up (last: ${reasons.at(-1) ?? ''}). ` +
      (failing
        ? 'Check the masters and tservers, then start it again.'
        : 'Start it again in a time without DDL (look for cron jobs that refresh views or create partitions).'),
    reasons.map((reason) => ({ reason })),
  );
}

/**
 * Under the cluster lock: a snapshot that is COMPLETE and accepted by `prove`. Noted with the guardian under `key`
 * before it may exist, and deleted at once if it can't be used.
 */
export async function takeSnapshot<T extends object>(
  held: HeldDatabase<{ tables?: string[] | undefined }>,
  { key, retentionHours }: { key: string; retentionHours?: number },
  prove: (taken: TakenSnapshot) => Promise<T | SnapshotRetry>,
): Promise<T | SnapshotRetry> {
  const { database, guardian, guardians, progress, settings, request, warn } = held;
  return await guardians.withCluster(async () => {
    progress.enter('snapshot');
    const before = await shortStep(settings, 'snapshots and catalog version before').lookBeforeSnapshot({ database });
    const undo = { kind: 'snapshot' as const, database, listedBefore: before.snapshotIds };
    const guarded = guardians.guarded();
    const { snapshotId, warnings, anotherMayCome } = await notedStep(held, { key, undo }, () =>
      shortStep(settings, `snapshot of ${database}`).createSnapshot({
        guarded,
        database,
        ...given({ tables: request.tables }),
        listedBefore: before.snapshotIds,
        ...given({ retentionHours }),
      }),
    );
    warnings.forEach(warn);
    await guardian.note(key, { ...undo, snapshotId });
    if (anotherMayCome || held.snapshotsAccountedFor) {
      // A note of its own: the one above ends with its snapshot.
      const listedBefore = [...(held.snapshotsAccountedFor ?? before.snapshotIds), snapshotId];
      held.snapshotsAccountedFor = listedBefore;
      await guardian.note('another snapshot', { ...undo, listedBefore, anotherMayCome: true });
    }
    const proved = await whenComplete(held, snapshotId, () =>
      prove({ snapshotId, key, catalogBefore: before.catalogVersion }),
    );
    if ('retake' in proved) {
      await shortStep(settings, `delete ${snapshotId}`).deleteSnapshot({ guarded, snapshotId });
      await guardian.release(key);
    }
    return proved;
  });
}

async function whenComplete<T extends object>(
  { settings, database }: HeldDatabase<unknown>,
  snapshotId: string,
  then: () => Promise<T | SnapshotRetry>,
): Promise<T | SnapshotRetry> {
  try {
    const summary = `until the snapshot of ${database} is COMPLETE`;
    await wait(settings, summary, 'snapshotDeadline').waitForSnapshot({ snapshotId });
  } catch (error) {
    if (failureType(error) !== 'SnapshotFailed') throw error;
    return { retake: `the snapshot ${reasonOf(error)}` };
  }
  return await then();
}
