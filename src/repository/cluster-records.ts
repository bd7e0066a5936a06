import type { ClusterStore } from './cluster-store';
import { layout } from './layout';
import { pointInTimeRecord, snapshotRecord, type PointInTimeRecord, type SnapshotRecord } from './record-schemas';
import { createRecord, readRecord } from './records';

/** Says that a snapshot inside the cluster was made by Kalpa. True: this call wrote it. */
export function writeSnapshotRecord({ store, cluster }: ClusterStore, record: SnapshotRecord): Promise<boolean> {
  return createRecord(store, layout.snapshotRecord(cluster, record.snapshotId), snapshotRecord, record);
}

/** Undefined: Kalpa did not make this snapshot. */
export function readSnapshotRecord(
  { store, cluster }: ClusterStore,
  snapshotId: string,
): Promise<SnapshotRecord | undefined> {
  return readRecord(store, layout.snapshotRecord(cluster, snapshotId), snapshotRecord);
}

/** Ids of all snapshots inside the cluster that Kalpa made; many of them are gone. */
export async function listSnapshotRecords({ store, cluster }: ClusterStore): Promise<Set<string>> {
  const ids = new Set<string>();
  const folder = layout.snapshots(cluster);
  for await (const { key } of store.list(folder)) ids.add(key.slice(folder.length, -'.json'.length));
  return ids;
}

/** Records what was asked of a database's point-in-time recovery. */
export function writePointInTime({ store, cluster }: ClusterStore, record: PointInTimeRecord): Promise<boolean> {
  const key = layout.pointInTime(cluster, record.database, new Date(record.at), record.workflowId);
  return createRecord(store, key, pointInTimeRecord, record);
}

/** What was asked last; undefined when nothing ever was. */
export async function readPointInTime(
  { store, cluster }: ClusterStore,
  database: string,
): Promise<PointInTimeRecord | undefined> {
  const records = await listPointInTime({ store, cluster }, database);
  return records.at(-1);
}

/** Everything that was ever asked, oldest first. */
export async function listPointInTime(
  { store, cluster }: ClusterStore,
  database: string,
): Promise<PointInTimeRecord[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(layout.pointInTimeOf(cluster, database))) keys.push(key);
  const records = await Promise.all(keys.map((key) => readRecord(store, key, pointInTimeRecord)));
  return records.filter((record) => record !== undefined).sort((a, b) => (a.at < b.at ? -1 : 1));
}
