import { isCancellation } from '@temporalio/workflow';
import type { FingerprintsBefore } from '../../activities/control/fingerprint/fingerprint-tables';
import type { ArtefactRef, ListRef } from '../../activities/internal-types';
import { reasonOf } from '../run/failure';
import { counting, longStep } from '../run/policies';
import { retryingSnapshot, takeSnapshot, type SnapshotRetry, type TakenSnapshot } from '../run/take-snapshot';
import type { Backup } from './open-backup';
import { given } from '../../objects/given';

/** A COMPLETE snapshot together with the schema of the same moment. */
export interface ConsistentSnapshot {
  snapshotId: string;
  /** The dump, sequences, roles and the exported snapshot file, by artefact name. */
  artefacts: ArtefactRef[];
  catalogVersion: string;
  /** The tablets in the exported file: exactly the set that the snapshot covers. */
  tablets: ListRef;
  /** Moments other than its own that it can be restored to. */
  history?: { from: string; to: string; because: string };
  /** YSQL: indexes that are not valid; the backup does not have them. */
  invalidIndexes?: string[];
  /** Row counts or digests; absent with `fingerprint: "none"`. */
  fingerprint?: ListRef;
}

/**
 * Snapshot → COMPLETE → schema dump and sequences → export, all under the cluster lock (for a keyspace, a
 * human-readable definition replaces the dump, and there is no catalog version). The catalog version must be the same
 * before and after, and the relations of the dump must be the tables of the exported file; otherwise the snapshot is
 * deleted and taken again.
 */
export async function takeConsistentSnapshot(backup: Backup, round: number): Promise<ConsistentSnapshot> {
  return await retryingSnapshot<ConsistentSnapshot>(backup, 'backed up', async (attempt, again) => {
    const before = await fingerprint(backup);
    const key = `snapshot ${round}.${attempt}`;
    const taken = await again(() => takeSnapshot(backup, { key }, (snapshot) => withSchema(backup, snapshot)));
    if ('retake' in taken || before === undefined) return taken;
    const agreed = await fingerprint(backup, { before, snapshot: taken });
    return { ...taken, ...(agreed ? { fingerprint: agreed.fingerprint } : {}) };
  });
}

/**
 * Row counts or digests of every table: read as of the snapshot's time where the release can, otherwise before and
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
      ...given({ tables: backup.request.tables }),
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

/** Exports what belongs to the snapshot, unless it is of another moment. */
async function withSchema(
  backup: Backup,
  { snapshotId, catalogBefore }: TakenSnapshot,
): Promise<ConsistentSnapshot | SnapshotRetry> {
  const { database, identity, request, settings, progress, warn } = backup;
  progress.enter('schema');
  const dumped = await longStep(settings, `schema, sequences and roles of ${database}`).dumpSchema({
    backup: identity,
    snapshotId,
    catalogBefore,
  });
  if (dumped.inconsistent !== undefined) return { retake: dumped.inconsistent };
  dumped.warnings?.forEach(warn);
  const exported = await longStep(settings, `export ${snapshotId}`).exportSnapshot({
    backup: identity,
    snapshotId,
    artefacts: dumped.artefacts,
    catalogBefore,
    ...(dumped.ofSnapshotMoment ? { ofSnapshotMoment: true } : {}),
    ...(request.tables ? { chosen: true } : {}),
  });
  if (exported.inconsistent !== undefined) return { retake: exported.inconsistent };
  const { history, invalidIndexes = [] } = exported;
  if (invalidIndexes.length > 0)
    warn(
      `Invalid indexes are not in the backup: ${invalidIndexes.join(', ')}. Their build failed or is still running; drop them and create them again.`,
    );
  return {
    snapshotId,
    artefacts: [...dumped.artefacts, exported.artefact],
    catalogVersion: catalogBefore,
    tablets: exported.tablets,
    ...given({ history }),
    ...(invalidIndexes.length > 0 ? { invalidIndexes } : {}),
  };
}
