import { compactUtc } from '../objects/texts';
import { chainTag, type Chain } from './chain';

/** The form of a cluster's name, as the source of a regular expression. */
export const CLUSTER_NAME = '^[a-z0-9-]{1,40}$';

/** Workflows of a cluster, and the short steps of its control activities. */
export const clusterQueue = (cluster: string): string => `kalpa/${cluster}`;

/** Steps that only wait: a guardian's watch of its owner, a queued run, a restoration's end. */
export const waitsQueue = (cluster: string): string => `${clusterQueue(cluster)}/waits`;

/** Steps that wait inside for a store or tool that is unavailable; they take no slot from a short step. */
export const stepsQueue = (cluster: string): string => `${clusterQueue(cluster)}/steps`;

/** Streams through the control worker, which last as long as the data is large. */
export const streamsQueue = (cluster: string): string => `${clusterQueue(cluster)}/streams`;

/** Deletions from the bucket, done by the janitor only. */
export const janitorQueue = (cluster: string): string => `${clusterQueue(cluster)}/janitor`;

/** Copies on one node: few slots, hours long. `address` is the tserver's RPC host:port as the masters list it. */
export const nodeQueue = (cluster: string, address: string): string => `kalpa/${cluster}/${address}`;

/** Short steps on one node, so that a node busy with copies never looks dead. */
export const nodeControlQueue = (cluster: string, address: string): string => `${nodeQueue(cluster, address)}/control`;

/** The cluster that a workflow task queue belongs to; undefined if the queue is not one of ours. */
export function clusterOfQueue(taskQueue: string): string | undefined {
  const name = /^kalpa\/([^/]+)$/.exec(taskQueue)?.[1];
  return name !== undefined && new RegExp(CLUSTER_NAME).test(name) ? name : undefined;
}

/** Characters other than `A-Za-z0-9_.-` are percent-encoded (UTF-8) in ids. */
export function encodeForId(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The guardian of one database: lock and cleaner in one. */
export const guardianId = (cluster: string, database: string): string => `busy/${cluster}/${encodeForId(database)}`;

/** The guardian of what is cluster-wide. */
export const clusterGuardianId = (cluster: string): string => `busy/${cluster}`;

/** Children: `<workflow id>/<6 hex of the first run>/<part>`. */
export const childId = (chain: Chain, part: string): string => `${chain.workflowId}/${chainTag(chain)}/${part}`;

/** Ids that Kalpa itself assigns when it starts a run (CLI, client, schedules). */
export const workflowIds = {
  backup: (cluster: string, database: string, at: Date): string =>
    `backup/${cluster}/${encodeForId(database)}/${compactUtc(at)}`,
  restore: (cluster: string, database: string): string => `restore/${cluster}/${encodeForId(database)}`,
  snapshot: (cluster: string, database: string, at: Date): string =>
    `snapshot/${cluster}/${encodeForId(database)}/${compactUtc(at)}`,
  restoreSnapshot: (cluster: string, snapshotId: string): string => `restore-snapshot/${cluster}/${snapshotId}`,
  deleteSnapshot: (cluster: string, snapshotId: string): string => `delete-snapshot/${cluster}/${snapshotId}`,
  pointInTimeRecovery: (cluster: string, database: string): string => `pitr/${cluster}/${encodeForId(database)}`,
  recover: (cluster: string, database: string): string => `recover/${cluster}/${encodeForId(database)}`,
  dump: (cluster: string, subject: string, at: Date): string =>
    `dump/${cluster}/${encodeForId(subject)}/${compactUtc(at)}`,
  load: (cluster: string, database: string): string => `load/${cluster}/${encodeForId(database)}`,
  rehearse: (cluster: string, database: string): string => `rehearse/${cluster}/${encodeForId(database)}`,
  retention: (cluster: string): string => `retention/${cluster}`,
  scrub: (cluster: string): string => `scrub/${cluster}`,
  verifyBackup: (id: string): string => `verify/${id}`,
  deleteBackup: (cluster: string, id: string): string => `delete/${cluster}/${id}`,
  undeleteBackup: (cluster: string, id: string): string => `undelete/${cluster}/${id}`,
  holdBackup: (cluster: string, id: string): string => `hold/${cluster}/${id}`,
  releaseBackup: (cluster: string, id: string): string => `release/${cluster}/${id}`,
  inspect: (cluster: string, at: Date): string => `inspect/${cluster}/${compactUtc(at)}`,
} as const;

/** `<database>-<yyyymmddThhmmssZ>-<6 hex>`: the same through retries and resets. */
export function backupId(database: string, startedAt: Date, firstExecutionRunId: string): string {
  return `${encodeForId(database)}-${compactUtc(startedAt)}-${firstExecutionRunId.slice(-6)}`;
}

/** `<database>-dump-<yyyymmddThhmmssZ>-<6 hex>`; of a whole cluster the API stands for the database: `ysql-dump-…`. */
export const dumpId = (subject: string, startedAt: Date, firstExecutionRunId: string): string =>
  backupId(`${subject}-dump`, startedAt, firstExecutionRunId);

const BACKUP_ID = /^(.+)-\d{8}T\d{6}Z-[0-9a-f]{6}$/s;

/** A text of another form is a database, whose newest backup is meant. */
export const isBackupId = (text: string): boolean => BACKUP_ID.test(text);

/** What a backup's or dump's id was made of; undefined for a text that no id can be. */
export function databaseOfBackup(id: string): string | undefined {
  const encoded = BACKUP_ID.exec(id)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // a lone %: an id that a person typed
  }
}

/** Deletes a snapshot when it expires; outlives the run that took the snapshot. */
export const expiryId = (snapshotId: string): string => `expire/${snapshotId}`;

/**
 * The name of a YSQL database until its restore is verified. The name is the marker: lists and backups leave it out.
 */
export const SCRATCH_NAME = /^kalpa_[0-9a-f]{12}$/;
