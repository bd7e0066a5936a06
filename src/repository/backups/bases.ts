import { isDatedAhead, listBackups, readTrusted, verdictOf, type BackupEntry } from '../catalogue';
import type { ClusterStore } from '../cluster-store';
import { isRepositoryError } from '../repository-error';
import { inCluster } from '../layout/layout';
import { asksForSignatures } from '../signing/trust';
import { knownBad } from '../verification/proofs';
import { readRepairs, type OtherPlace } from '../verification/repairs';
import type { ManifestHeader, SegmentRef } from './manifest-schema';

/** Where an earlier backup lists the files of a tablet, and of which replica they are. */
export interface KnownTablet {
  backupId: string;
  /** Uuid of the tserver that was copied from. */
  peer: string;
  list: SegmentRef;
}

/** What earlier backups hold of the tablets that are to be backed up. */
export interface Bases {
  tablets: Map<string, KnownTablet>;
  /** Those that hold any of them, newest first. */
  backups: string[];
  /** Keys of objects that a verification has found missing or damaged: they are referred to no more. */
  bad: Set<string>;
  /** Where what was repaired of them stands now, by digest. */
  repaired: Map<string, OtherPlace>;
  /** Why newer ones were passed over: whoever reads it learns why more is uploaded than he expected. */
  passedOver: string[];
}

/** A backup of some tables of a keyspace may be the newest, so more than one is looked at. */
const LOOKED_AT = 3;

/**
 * Backups whose files this one may refer to: the newest committed ones of the database, until they hold every tablet.
 * From manifests alone; a backup that is deleted, dated ahead, of unknown hands or damaged is never one. Of one that a
 * verification has found bad, what is not bad may be referred to. Never fails over what stands in the bucket: without a base everything is uploaded.
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
    if (bases.tablets.size === tablets.size || looked === LOOKED_AT) break;
    looked += 1;
    const passOver = (why: string): void => {
      bases.passedOver.push(`${backup.backupId}: ${why}`);
    };
    if (isDatedAhead(backup, now)) {
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

/** With more than that, it is not worth while to tell every node which. */
const BAD_AT_MOST = 1_000;

/**
 * Where an increment finds what was repaired. What nobody has signed is not looked at: a backup would refer to what has
 * another content. A bad file is uploaded again then.
 */
async function addRepaired(
  repository: ClusterStore,
  { backupId, refersTo }: ManifestHeader,
  repaired: Map<string, OtherPlace>,
): Promise<void> {
  if (!asksForSignatures(repository.trust)) return;
  const repairs = await readRepairs(repository, [backupId, ...refersTo.map((one) => one.backupId)]);
  for (const [digest, place] of repairs.newest()) if (repaired.size < BAD_AT_MOST) repaired.set(digest, place);
}

/** Objects of a backup that are known to be bad, or why nothing of it is to be referred to. */
async function badOf(
  repository: ClusterStore,
  { backupId, verified }: BackupEntry,
  header: ManifestHeader,
): Promise<string[] | string> {
  const owners = [backupId, ...header.refersTo.map((one) => one.backupId)];
  const bad = await knownBad(repository, 'backup', owners);
  if (bad.size > BAD_AT_MOST) return `${bad.size} of its files are missing or damaged`;
  if (bad.size > 0) return [...bad.values()].map(({ object }) => inCluster(repository.cluster, object));
  const { verdict } = await verdictOf(repository, { backupId, verified });
  return verdict?.ok === false ? `the verification of ${verdict.at} found it damaged` : [];
}
