import { isFutureDated, listBackups, readTrusted, verdictOf, type BackupEntry } from '../catalogue';
import type { ClusterStore } from '../cluster-store';
import { isRepositoryError } from '../repository-error';
import { inCluster } from '../layout/layout';
import { requiresSignatures } from '../signing/trust';
import { knownBadObjects } from '../verification/proofs';
import { readRepairs, type OtherPlace } from '../verification/repairs';
import { foundByText } from '../verification/verdicts';
import type { ManifestHeader, SegmentRef } from './manifest-schema';

/** Where an earlier backup lists the files of a tablet, and which replica they are from. */
export interface KnownTablet {
  backupId: string;
  /** Uuid of the tserver that was copied from. */
  peer: string;
  list: SegmentRef;
}

/** What earlier backups hold of the tablets to be backed up. */
export interface Bases {
  tablets: Map<string, KnownTablet>;
  /** Backups that hold any of them, newest first. */
  backups: string[];
  /** Keys of objects that a verification found missing or damaged: they are not referred to any more. */
  bad: Set<string>;
  /** Where their repaired files are now, by digest. */
  repaired: Map<string, OtherPlace>;
  /** Why newer backups were skipped: explains to the operator why more is uploaded than expected. */
  passedOver: string[];
}

/** The newest backup may hold only some tables of a keyspace, so several are looked at. */
const MAX_CANDIDATES = 3;

/**
 * Backups whose files this one may refer to: the newest committed ones of the database, until they cover every tablet.
 * Found from manifests alone; a backup that is deleted, dated in the future, signed by no known key or damaged is never
 * used. If a verification found damage, the undamaged objects may still be referred to. Never fails because of what is
 * in the bucket: without a base everything is uploaded.
 */
export async function findBases(
  repository: ClusterStore,
  { database, tablets }: { database: string; tablets: ReadonlySet<string> },
): Promise<Bases> {
  const bases: Bases = { tablets: new Map(), backups: [], bad: new Set(), repaired: new Map(), passedOver: [] };
  const now = await repository.store.serverTime();
  let looked = 0;
  for (const backup of (await listBackups(repository, { database })).reverse()) {
    if (backup.state !== 'committed') continue;
    if (bases.tablets.size === tablets.size || looked === MAX_CANDIDATES) break;
    looked += 1;
    const passOver = (why: string): void => {
      bases.passedOver.push(`${backup.backupId}: ${why}`);
    };
    if (isFutureDated(backup, now)) {
      passOver("it is dated after the store's clock");
      continue;
    }
    try {
      const manifest = await readTrusted(repository, backup.backupId);
      if (typeof manifest === 'string') {
        passOver(manifest);
        continue;
      }
      const { header } = manifest;
      const bad = await badOf(repository, backup, header);
      if (typeof bad === 'string') {
        passOver(bad);
        continue;
      }
      for (const object of bad) bases.bad.add(object);
      await addRepaired(repository, header, bases.repaired);
      const before = bases.tablets.size;
      for (const { id, peer, list } of header.tablets) {
        const listed = list === undefined ? undefined : header.segments[list];
        if (listed !== undefined && tablets.has(id) && !bases.tablets.has(id))
          bases.tablets.set(id, { backupId: backup.backupId, peer, list: listed });
      }
      if (bases.tablets.size > before) bases.backups.push(backup.backupId);
    } catch (error) {
      if (!isRepositoryError(error)) throw error;
      passOver(error.message);
    }
  }
  return bases;
}

/** Beyond this many bad files, telling every node which they are is not worthwhile. */
const MAX_BAD = 1_000;

/**
 * Tells an incremental backup where repaired files are. Without signatures repairs are ignored, since a forged one
 * could make the backup refer to other content; bad files are then uploaded again.
 */
async function addRepaired(
  repository: ClusterStore,
  { backupId, refersTo }: ManifestHeader,
  repaired: Map<string, OtherPlace>,
): Promise<void> {
  if (!requiresSignatures(repository.trust)) return;
  const repairs = await readRepairs(repository, [backupId, ...refersTo.map((one) => one.backupId)]);
  for (const [digest, place] of repairs.newest()) if (repaired.size < MAX_BAD) repaired.set(digest, place);
}

/** Objects of a backup that are known to be bad, or why nothing of it may be referred to. */
async function badOf(
  repository: ClusterStore,
  { backupId, verified }: BackupEntry,
  header: ManifestHeader,
): Promise<string[] | string> {
  const owners = [backupId, ...header.refersTo.map((one) => one.backupId)];
  const bad = await knownBadObjects(repository, 'backup', owners);
  if (bad.size > MAX_BAD) return `${bad.size} of its files are missing or damaged`;
  if (bad.size > 0) return [...bad.values()].map(({ object }) => inCluster(repository.cluster, object));
  const { verdict } = await verdictOf(repository, { backupId, verified });
  return verdict?.ok === false ? `${foundByText(verdict)} found it damaged` : [];
}
