import type { ClusterStore } from '../cluster-store';
import { layout, type BackupKind } from '../layout/layout';
import { leases } from '../records/write-records';
import { readEach } from '../signing/proved-records';

/** Until when something is read, by id; leases that are over, or that nobody answers for, do not count. `only`: of one. */
export async function liveLeases(
  repository: ClusterStore,
  kind: BackupKind,
  now: Date,
  only?: string,
): Promise<Map<string, { until: Date; holder: string }>> {
  const { store, cluster } = repository;
  const prefix = only === undefined ? layout.leases(cluster, kind) : layout.leasesOf(cluster, kind, only);
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) if (!(expiryOf(key) <= now.getTime())) keys.push(key);
  const { records } = await readEach(repository, leases, keys, { evenDamaged: true });
  const live = new Map<string, { until: Date; holder: string }>();
  for (const { record } of records) {
    const until = new Date(record.expiresAt);
    if (until <= now || (live.get(record.backupId)?.until ?? now) > until) continue;
    live.set(record.backupId, { until, holder: record.holder });
  }
  return live;
}

/** As its key says, which has whole seconds: what is over by it is over. */
function expiryOf(key: string): number {
  const [, year, month, day, hour, minute, second] = /\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[^/]*$/.exec(key) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + 1000;
}
