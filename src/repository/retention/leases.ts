import type { ClusterStore } from '../cluster-store';
import { layout, type BackupKind } from '../layout/layout';
import { leases } from '../records/write-records';
import { readEach } from '../signing/proved-records';

/** Who reads something, and until when at the latest. */
export interface Lease {
  holder: string;
  until: Date;
  /** The record of the lease. */
  key: string;
}

/** The longest lease on each id that is being read; expired and untrusted ones do not count. */
export async function liveLeases(repository: ClusterStore, kind: BackupKind, now: Date): Promise<Map<string, Lease>> {
  const longest = new Map<string, Lease>();
  for (const { backupId, ...lease } of await readLive(repository, layout.leases(repository.cluster, kind), now))
    if (lease.until > (longest.get(backupId)?.until ?? now)) longest.set(backupId, lease);
  return longest;
}

/** All valid leases on one backup or dump, the longest first, one per holder. */
export async function leasesOn(repository: ClusterStore, kind: BackupKind, id: string, now: Date): Promise<Lease[]> {
  const found = await readLive(repository, layout.leasesOf(repository.cluster, kind, id), now);
  const holders = new Map<string, Lease>();
  for (const { backupId, ...lease } of found)
    if (backupId === id && lease.until > (holders.get(lease.holder)?.until ?? now)) holders.set(lease.holder, lease);
  return [...holders.values()].sort((one, other) => other.until.getTime() - one.until.getTime());
}

async function readLive(
  repository: ClusterStore,
  prefix: string,
  now: Date,
): Promise<(Lease & { backupId: string })[]> {
  const keys: string[] = [];
  for await (const { key } of repository.store.list(prefix)) if (!(expiryOf(key) <= now.getTime())) keys.push(key);
  const { records } = await readEach(repository, leases, keys, { evenDamaged: true });
  return records
    .map(({ key, record: { backupId, holder, expiresAt } }) => ({ backupId, holder, until: new Date(expiresAt), key }))
    .filter(({ until }) => until > now);
}

/** By its key, which has whole seconds. */
function expiryOf(key: string): number {
  const [, year, month, day, hour, minute, second] = /\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[^/]*$/.exec(key) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + 1000;
}
