import type { ClusterStore } from '../cluster-store';
import { layout } from '../layout/layout';
import { pointInTimeRecord, snapshotRecord, type PointInTimeRecord, type SnapshotRecord } from './record-schemas';
import { RepositoryError } from '../repository-error';
import { readEach, readProved, writeProved, type LeftOut, type RecordForm } from '../signing/proved-records';
import { requiresSignatures } from '../signing/trust';

const snapshots: RecordForm<SnapshotRecord> = {
  kind: 'snapshot',
  schema: snapshotRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [layout.snapshotRecord(cluster, one.snapshotId)] : []),
};

const pointsInTime: RecordForm<PointInTimeRecord> = {
  kind: 'point-in-time',
  schema: pointInTimeRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [pointInTimeKey(cluster, one)] : []),
};

const pointInTimeKey = (cluster: string, { database, at, workflowId }: PointInTimeRecord): string =>
  layout.pointInTime(cluster, database, new Date(at), workflowId);

/**
 * Records that Kalpa made a snapshot inside the cluster. True: this call wrote it. Fails with `AlreadyExists` if it
 * belongs to another run.
 */
export async function writeSnapshotRecord(repository: ClusterStore, record: SnapshotRecord): Promise<boolean> {
  const { cluster } = repository;
  const key = layout.snapshotRecord(cluster, record.snapshotId);
  const there = await writeProved(repository, snapshots, key, { ...record, cluster });
  if (there.record.firstRunId === record.firstRunId) return there.made;
  throw new RepositoryError(
    'AlreadyExists',
    `The snapshot ${record.snapshotId} is recorded as made by ${there.record.workflowId}. Make a new one.`,
  );
}

/** Undefined: Kalpa did not make this snapshot. `Untrusted` if the record is not signed by a known key. */
export async function readSnapshotRecord(
  repository: ClusterStore,
  snapshotId: string,
): Promise<SnapshotRecord | undefined> {
  return await readProved(repository, snapshots, layout.snapshotRecord(repository.cluster, snapshotId));
}

/**
 * Which of these snapshots inside the cluster Kalpa made; where records are signed, only those signed by a known key
 * count.
 */
export async function ownSnapshots(
  repository: ClusterStore,
  ids: readonly string[],
): Promise<{ ours: Set<string>; leftOut?: LeftOut }> {
  const { store, cluster, trust } = repository;
  const idOfKey = new Map(ids.map((id) => [layout.snapshotRecord(cluster, id), id]));
  const keys: string[] = [];
  for await (const { key } of store.list(layout.snapshots(cluster))) if (idOfKey.has(key)) keys.push(key);
  if (!requiresSignatures(trust)) return { ours: new Set(keys.map((key) => idOfKey.get(key) ?? '')) };
  const { records, ...left } = await readEach(repository, snapshots, keys, { evenDamaged: true });
  return { ours: new Set(records.map(({ record }) => record.snapshotId)), ...left };
}

/** Records the requested point-in-time recovery settings of a database. */
export async function writePointInTime(repository: ClusterStore, given: PointInTimeRecord): Promise<boolean> {
  const { cluster } = repository;
  const record = { ...given, cluster };
  return (await writeProved(repository, pointsInTime, pointInTimeKey(cluster, record), record)).made;
}

/** All such records, oldest first. */
export async function listPointInTime(
  repository: ClusterStore,
  database: string,
): Promise<{ records: PointInTimeRecord[]; leftOut?: LeftOut }> {
  const { store, cluster } = repository;
  const keys: string[] = [];
  for await (const { key } of store.list(layout.pointInTimeOf(cluster, database))) keys.push(key);
  const { records, ...left } = await readEach(repository, pointsInTime, keys, { evenDamaged: true });
  return { records: records.map(({ record }) => record).sort((a, b) => (a.at < b.at ? -1 : 1)), ...left };
}
