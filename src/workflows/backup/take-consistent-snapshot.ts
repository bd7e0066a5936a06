import { isCancellation } from '@temporalio/workflow';
import type { FingerprintsBefore } from '../../activities/control/fingerprint/fingerprint-tables';
import type { ArtefactRef, ListRef } from '../../activities/shapes';
import { failure, failureType, reasonOf } from '../run/failure';
import { notedStep } from '../run/noted-step';
import { control, counting, patient, wait } from '../run/policies';
import type { Backup } from './open-backup';

const TAKES_AT_MOST = 5;

/** A COMPLETE snapshot together with the schema of the same moment. */
export interface ConsistentSnapshot {
  snapshotId: string;
  /** The dump, sequences, roles and the exported snapshot file, by artefact name. */
  artefacts: ArtefactRef[];
  catalogVersion: string;
  /** The tablets that the exported file names: the exact set that the snapshot covers. */
  tablets: ListRef;
  /** What it can be restored to beside its own moment. */
  history?: { from: string; to: string; because: string };
  /** YSQL: indexes that are not valid; the backup is without them. */
  invalidIndexes?: string[];
  /** Row counts or digests; absent with `fingerprint: "none"`. */
  fingerprint?: ListRef;
}

/**
 * Snapshot → COMPLETE → schema dump and sequences → export, all under the cluster lock (of a keyspace the definition that
 * people read takes the place of the dump, and there is no catalog version). The catalog versions before
 * and after must be equal, and the relations of the dump must be the tables of the exported file; otherwise the
 * snapshot is deleted and taken again.
 */
export async function takeConsistentSnapshot(backup: Backup, round: number): Promise<ConsistentSnapshot> {
  const reasons: string[] = [];
  for (let take = 1; take <= TAKES_AT_MOST; take += 1) {
    const again = reasons.at(-1);
    const before = await fingerprint(backup);
    const taken = await backup.progress.during(again && `Taking the snapshot again: ${again}`, () =>
      takeOnce(backup, `${round}.${take}`),
    );
    if ('snapshot' in taken) {
      const agreed = before && (await fingerprint(backup, { before, snapshot: taken.snapshot }));
      return { ...taken.snapshot, ...(agreed ? { fingerprint: agreed.fingerprint } : {}) };
    }
    reasons.push(taken.retake);
    backup.warn(`The snapshot was taken again: ${taken.retake}`);
  }
  const failing = reasons.every((reason) => reason.startsWith('the snapshot'));
  throw failure(
    failing ? 'SnapshotFailed' : 'SchemaChanging',
    `${backup.request.database} could not be backed up: ${TAKES_AT_MOST} snapshots in a row were given up (last: ${reasons.at(-1) ?? ''}). ` +
      (failing
        ? 'Look at the masters and tservers, then start a new backup.'
        : 'Start the backup in a time without DDL (look for cron jobs that refresh views or make partitions).'),
    reasons.map((reason) => ({ reason })),
  );
}

/**
 * Row counts or digests of every table: read as of the snapshot's time where the release can, else taken before and
 * after it.
 */
async function fingerprint(
  backup: Backup,
  taken?: { before: FingerprintsBefore; snapshot: ConsistentSnapshot },
): Promise<FingerprintsBefore | undefined> {
  const level = backup.request.fingerprint ?? 'counts';
  if (level === 'none') return undefined;
  const exported = taken?.snapshot.artefacts.find(({ kind }) => kind === 'snapshot');
  if (taken && !exported) return undefined;
  try {
    return await counting(
      backup.settings,
      `${level} of the rows ${taken ? 'after' : 'before'} the snapshot`,
    ).fingerprintTables({
      backup: backup.identity,
      level,
      ...(backup.request.tables ? { tables: backup.request.tables } : {}),
      ...(taken && exported
        ? { after: { before: taken.before, exported, catalogVersion: taken.snapshot.catalogVersion } }
        : {}),
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    backup.warn(`No rows were counted: ${reasonOf(error)}`);
    return undefined;
  }
}

type Take = { snapshot: ConsistentSnapshot } | { retake: string };

async function takeOnce(backup: Backup, take: string): Promise<Take> {
  const { guardian, guardians, settings, request, progress } = backup;
  const key = `snapshot ${take}`;
  return await guardians.withCluster(async () => {
    progress.enter('snapshot');
    const before = await control(settings, 'snapshots and catalog version before').lookBeforeSnapshot({
      database: request.database,
    });
    const undo = { kind: 'snapshot' as const, database: request.database, listedBefore: before.snapshotIds };
    const created = await notedStep(backup, { key, undo }, () =>
      control(settings, `snapshot of ${request.database}`).createSnapshot({
        guarded: guardians.guarded(),
        database: request.database,
        ...(request.tables ? { tables: request.tables } : {}),
        listedBefore: before.snapshotIds,
      }),
    );
    created.warnings.forEach(backup.warn);
    const { snapshotId } = created;
    await guardian.note(key, { ...undo, snapshotId });
    const giveUp = async (reason: string): Promise<Take> => {
      await control(settings, `delete ${snapshotId}`).deleteSnapshot({ guarded: guardians.guarded(), snapshotId });
      await guardian.release(key);
      return { retake: reason };
    };
    try {
      await wait(settings, `until the snapshot of ${request.database} is COMPLETE`, 'snapshotDeadline').waitForSnapshot(
        {
          snapshotId,
        },
      );
    } catch (error) {
      if (failureType(error) !== 'SnapshotFailed') throw error;
      return await giveUp(`the snapshot ${reasonOf(error)}`);
    }
    progress.enter('schema');
    const dumped = await patient(settings, `schema, sequences and roles of ${request.database}`).dumpSchema({
      backup: backup.identity,
      snapshotId,
      catalogBefore: before.catalogVersion,
    });
    if (dumped.inconsistent !== undefined) return await giveUp(dumped.inconsistent);
    dumped.warnings?.forEach(backup.warn);
    const exported = await patient(settings, `export ${snapshotId}`).exportSnapshot({
      backup: backup.identity,
      snapshotId,
      artefacts: dumped.artefacts,
      catalogBefore: before.catalogVersion,
      ...(request.tables ? { chosen: true } : {}),
    });
    if (exported.inconsistent !== undefined) return await giveUp(exported.inconsistent);
    const { invalidIndexes = [] } = exported;
    if (invalidIndexes.length > 0)
      backup.warn(
        `Invalid indexes are not in the backup: ${invalidIndexes.join(', ')}. Their build failed or still runs; drop them and create them again.`,
      );
    return {
      snapshot: {
        snapshotId,
        artefacts: [...dumped.artefacts, exported.artefact],
        catalogVersion: before.catalogVersion,
        tablets: exported.tablets,
        ...(exported.history ? { history: exported.history } : {}),
        ...(invalidIndexes.length > 0 ? { invalidIndexes } : {}),
      },
    };
  });
}
