import { isDatedAhead, listBackups, readTrusted, type BackupEntry } from '../catalogue';
import type { ClusterStore } from '../cluster-store';
import { isRepositoryError } from '../repository-error';
import { detailBackups } from './backup-details';
import type { SegmentRef } from './manifest-schema';

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
  /** Why newer ones were passed over: whoever reads it learns why more is uploaded than he expected. */
  passedOver: string[];
}

/** A backup of some tables of a keyspace may be the newest, so more than one is looked at. */
const LOOKED_AT = 3;

/**
 * Backups whose files this one may refer to: the newest committed ones of the database, until they hold every tablet.
 * From manifests alone; a backup that is deleted, dated ahead, of unknown hands, damaged, or that a verification has
 * found bad is never one. Never fails over what stands in the bucket: without a base everything is uploaded.
 */
export async function findBases(
  repository: ClusterStore,
  { database, tablets }: { database: string; tablets: ReadonlySet<string> },
): Promise<Bases> {
  const bases: Bases = { tablets: new Map(), backups: [], passedOver: [] };
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
      const verified = await provedVerification(repository, backup);
      if (verified?.ok === false) {
        passOver(`the verification of ${verified.at} found it damaged`);
        continue;
      }
      const manifest = await readTrusted(repository, backup.backupId);
      if (typeof manifest === 'string') {
        passOver(manifest);
        continue;
      }
      const { header } = manifest;
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

/** Its newest verification, as far as somebody answers for it: a listing alone proves nothing. */
async function provedVerification(repository: ClusterStore, backup: BackupEntry): Promise<BackupEntry['verified']> {
  if (!backup.verified) return undefined;
  for await (const { verified } of detailBackups(repository, [backup])) return verified;
  return undefined;
}
