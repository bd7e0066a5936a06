import { encodeKeyPart, encodeName } from './encode-name';
import { compactUtc, compactUtcMs } from '../../objects/texts';

/** One replica of a tablet, as keys name it. */
export interface ReplicaName {
  tablet: string;
  /** Uuid of the tserver that holds it. */
  peer: string;
}

/** The folder of one backup's data: each snapshot of a backup has its own. */
export interface BackupFolder {
  backupId: string;
  snapshotId: string;
}

/** How an intent ended that did not become a backup. */
export const CLOSED_ENDS = ['failed', 'cancelled', 'terminated', 'timed-out'] as const;
export type ClosedEnd = (typeof CLOSED_ENDS)[number];

/** What retention applies to: records of dumps are kept beside those of backups, under names of their own. */
export const BACKUP_KINDS = ['backup', 'dump'] as const;
export type BackupKind = (typeof BACKUP_KINDS)[number];

const ofKind = (kind: BackupKind, name: string): string => (kind === 'dump' ? `dump-${name}` : name);

const path = (...parts: string[]): string => parts.join('/');
const cluster = (name: string): string => path('clusters', encodeName(name));
const data = (name: string, { backupId, snapshotId }: BackupFolder): string =>
  path(cluster(name), 'backups', backupId, encodeName(snapshotId));
const replica = ({ tablet, peer }: ReplicaName): string => `${encodeName(tablet)}.${encodeName(peer)}`;

/**
 * What a proof record says of its objects, part of its name: readers need those that are `ok` only while they are
 * fresh.
 */
export const FOUND = ['ok', 'bad', 'healed'] as const;
export type Found = (typeof FOUND)[number];

/** A proof record: which batch of which run. */
export interface ProofName {
  plannedAt: Date;
  /** Identifies the run. */
  tag: string;
  n: number;
  found: Found;
}

/** A part of a dump: a database, the cluster-wide objects, or one table of a keyspace. */
export interface DumpPartName {
  part: string;
  table?: string;
  extension: 'sql' | 'cql' | 'csv';
}

const dumpPartPath = ({ part, table }: Omit<DumpPartName, 'extension'>): string =>
  table === undefined ? encodeKeyPart(part) : path(encodeKeyPart(part), encodeKeyPart(table));

/**
 * Every object key of the repository, format 1. Keys are relative to the repository's prefix. Backup ids are already
 * encoded; everything else is encoded here.
 */
export const layout = {
  /** Marks this as a repository, and says in which format. Created once. */
  repository: 'kalpa.json',
  /** Where the store is probed. */
  probe: 'probe/',
  /** Everything of one cluster. */
  cluster: (name: string): string => `${cluster(name)}/`,
  /** Which universe writes under this name. */
  clusterRecord: (name: string): string => path(cluster(name), 'cluster.json'),
  /** The same, signed, where the record in its place is unsigned. */
  signedClusterRecord: (name: string): string => path(cluster(name), 'cluster-signed.json'),

  intents: (name: string): string => path(cluster(name), 'intents/'),
  /** Protection record, written before any data. */
  intent: (name: string, backupId: string): string => path(cluster(name), 'intents', `${backupId}.json`),

  /** Below which the folders of all backups, or of all dumps, stand. */
  folders: (name: string, kind: BackupKind): string => path(cluster(name), `${kind}s/`),
  /** Everything of one backup or dump but its records. */
  folderOf: (name: string, kind: BackupKind, id: string): string => path(cluster(name), `${kind}s`, `${id}/`),
  /** Everything of one backup, across all its snapshots. */
  backup: (name: string, backupId: string): string => path(cluster(name), 'backups', `${backupId}/`),
  /**
   * One file of one replica. The same file always has the same key, so that a retried copy finds what it has uploaded.
   */
  data: (name: string, folder: BackupFolder, of: ReplicaName, file: string): string =>
    path(data(name, folder), 'data', replica(of), ...file.split('/').map(encodeKeyPart)),
  /**
   * Small files of one replica, back to back. Named by its content: an attempt that refers to other files than the one
   * before also packs others.
   */
  pack: (name: string, folder: BackupFolder, of: ReplicaName, n: number, sha16: string): string =>
    path(data(name, folder), 'packs', replica(of), `${n}-${sha16}.pack`),
  /** Everything that the copy of one replica may have written: two prefixes. */
  replica: (name: string, folder: BackupFolder, of: ReplicaName): string[] => [
    path(data(name, folder), 'data', `${replica(of)}/`),
    path(data(name, folder), 'packs', `${replica(of)}/`),
  ],
  /** Named by its content: a repeated export may differ, and the manifest names the one that belongs to the backup. */
  artefact: (name: string, folder: BackupFolder, kind: string, sha16: string, extension: string): string =>
    path(data(name, folder), `${kind}-${sha16}.${extension}`),
  /** One line per file. */
  segment: (name: string, folder: BackupFolder, node: string, n: number, sha16: string): string =>
    path(data(name, folder), 'files', `${encodeKeyPart(node)}-${n}-${sha16}.ndjson.gz`),

  manifests: (name: string): string => path(cluster(name), 'manifests/'),
  /** Written last, with create-if-absent. No manifest, no backup. */
  manifest: (name: string, backupId: string): string => path(cluster(name), 'manifests', `${backupId}.json`),

  closed: (name: string): string => path(cluster(name), 'closed/'),
  closedRecord: (name: string, backupId: string, end: ClosedEnd): string =>
    path(cluster(name), 'closed', `${backupId}-${end}.json`),

  verifications: (name: string, kind: BackupKind = 'backup'): string =>
    path(cluster(name), `${ofKind(kind, 'verifications')}/`),
  verification: (name: string, kind: BackupKind, id: string, at: Date, level: string, ok: boolean): string =>
    path(
      cluster(name),
      ofKind(kind, 'verifications'),
      id,
      `${compactUtc(at)}-${encodeName(level)}-${ok ? 'ok' : 'bad'}.json`,
    ),
  proofsOfAll: (name: string, kind: BackupKind): string => path(cluster(name), `${ofKind(kind, 'proofs')}/`),
  proofs: (name: string, kind: BackupKind, owner: string): string =>
    path(cluster(name), ofKind(kind, 'proofs'), `${owner}/`),
  /** What a batch of a verification read of one backup's objects. */
  proof: (name: string, kind: BackupKind, owner: string, { plannedAt, tag, n, found }: ProofName): string =>
    path(cluster(name), ofKind(kind, 'proofs'), owner, `${compactUtc(plannedAt)}-${tag}-${n}-${found}.json`),

  repairs: (name: string): string => path(cluster(name), 'repairs/'),
  repairsOf: (name: string, owner: string): string => path(cluster(name), 'repairs', `${owner}/`),
  /** Which of one backup's objects a run has fetched again. */
  repair: (name: string, owner: string, { at, tag, n }: { at: Date; tag: string; n: number }): string =>
    path(cluster(name), 'repairs', owner, `${compactUtc(at)}-${tag}-${n}.json`),
  /** The folder of re-fetched objects, in place of a snapshot's: it is swept with the backup. */
  repairFolder: (backupId: string, { at, tag }: { at: Date; tag: string }): BackupFolder => ({
    backupId,
    snapshotId: `repair-${compactUtc(at)}-${tag}`,
  }),

  tombstones: (name: string): string => path(cluster(name), 'tombstones/'),
  /** Says that a backup is no longer restorable, before its objects are swept. */
  tombstone: (name: string, backupId: string): string => path(cluster(name), 'tombstones', `${backupId}.json`),

  /** The history of a backup's or dump's deletion: deleted, undeleted, swept. */
  deletions: (name: string, kind: BackupKind): string => path(cluster(name), `${ofKind(kind, 'tombstones')}/`),
  /** The first one is the tombstone; each later change has the next number. */
  deletion: (name: string, kind: BackupKind, id: string, n: number): string =>
    path(cluster(name), ofKind(kind, 'tombstones'), n === 1 ? `${id}.json` : `${id}.${n}.json`),

  holds: (name: string, kind: BackupKind): string => path(cluster(name), `${ofKind(kind, 'holds')}/`),
  /** A hold or its release; each change has the next number. */
  hold: (name: string, kind: BackupKind, id: string, n: number): string =>
    path(cluster(name), ofKind(kind, 'holds'), `${id}.${n}.json`),

  leases: (name: string, kind: BackupKind): string => path(cluster(name), `${ofKind(kind, 'leases')}/`),
  leasesOf: (name: string, kind: BackupKind, id: string): string =>
    path(cluster(name), ofKind(kind, 'leases'), `${id}/`),
  lease: (name: string, kind: BackupKind, id: string, expiresAt: Date, holder: string): string =>
    path(cluster(name), ofKind(kind, 'leases'), id, `${compactUtc(expiresAt)}-${encodeKeyPart(holder)}.json`),

  policies: (name: string): string => path(cluster(name), 'policies/'),
  /** The retention policies from this moment on; the newest record counts. `at` to the millisecond, never reused. */
  policy: (name: string, at: Date): string => path(cluster(name), 'policies', `${compactUtcMs(at)}.json`),

  summaries: (name: string): string => path(cluster(name), 'summaries/'),
  /** What lists show of many backups. In order of the newest of them, so that those of old ones can be skipped. */
  summary: (name: string, newest: Date, at: Date): string =>
    path(cluster(name), 'summaries', `${compactUtc(newest)}-${compactUtcMs(at)}.json`),

  snapshots: (name: string): string => path(cluster(name), 'snapshots/'),
  /** A snapshot inside the cluster that an operation made. */
  snapshotRecord: (name: string, snapshotId: string): string =>
    path(cluster(name), 'snapshots', `${encodeName(snapshotId)}.json`),

  /** The declared snapshot schedule of a database; the newest record counts. */
  pointInTimeOf: (name: string, database: string): string =>
    path(cluster(name), 'point-in-time', `${encodeKeyPart(database)}/`),
  pointInTime: (name: string, database: string, at: Date, workflowId: string): string =>
    path(
      cluster(name),
      'point-in-time',
      encodeKeyPart(database),
      `${compactUtc(at)}-${encodeKeyPart(workflowId)}.json`,
    ),

  schedules: (name: string): string => path(cluster(name), 'schedules/'),
  /**
   * One change of one Temporal schedule; the newest record of each schedule counts. `at` to the millisecond, never
   * reused.
   */
  schedule: (name: string, at: Date): string => path(cluster(name), 'schedules', `${compactUtcMs(at)}.json`),

  dumpIntents: (name: string): string => path(cluster(name), 'dump-intents/'),
  /** Protection record of a logical dump. */
  dumpIntent: (name: string, dumpId: string): string => path(cluster(name), 'dump-intents', `${dumpId}.json`),
  /** Everything of one logical dump. */
  dump: (name: string, dumpId: string): string => path(cluster(name), 'dumps', `${dumpId}/`),
  /**
   * One piece of the text of a part (a database, or the cluster-wide objects). `attempt`: each attempt writes its own.
   */
  dumpText: (name: string, dumpId: string, part: DumpPartName, attempt: string, n: number): string =>
    path(cluster(name), 'dumps', dumpId, `${dumpPartPath(part)}-${attempt}-${n}.${part.extension}.gz`),
  /** The contents of a part, written by the first attempt that finishes. */
  dumpPart: (name: string, dumpId: string, part: Omit<DumpPartName, 'extension'>): string =>
    path(cluster(name), 'dumps', dumpId, `${dumpPartPath(part)}.json`),
  dumpManifests: (name: string): string => path(cluster(name), 'dump-manifests/'),
  /** Written last, with create-if-absent. No manifest, no dump. */
  dumpManifest: (name: string, dumpId: string): string => path(cluster(name), 'dump-manifests', `${dumpId}.json`),
  dumpsClosed: (name: string): string => path(cluster(name), 'dumps-closed/'),
  dumpClosed: (name: string, dumpId: string, end: ClosedEnd): string =>
    path(cluster(name), 'dumps-closed', `${dumpId}-${end}.json`),

  operations: (name: string): string => path(cluster(name), 'operations/'),
  operation: (name: string, startedAt: Date, workflowId: string): string =>
    path(cluster(name), 'operations', `${compactUtc(startedAt)}-${encodeKeyPart(workflowId)}.json`),
  /** The same if another run of the workflow started in that second, or someone else has taken the name. */
  operationOf: (name: string, startedAt: Date, workflowId: string, firstRunId: string): string =>
    path(
      cluster(name),
      'operations',
      `${compactUtc(startedAt)}-${encodeKeyPart(workflowId)}-${encodeKeyPart(firstRunId)}.json`,
    ),

  /** What existed in a keyspace before a run created anything there. */
  making: (name: string, firstRunId: string, database: string): string =>
    path(cluster(name), 'makings', `${encodeKeyPart(firstRunId)}-${encodeKeyPart(database)}.json`),

  workOf: (name: string, workflowId: string): string => path(cluster(name), 'work', `${encodeKeyPart(workflowId)}/`),
  work: (name: string, workflowId: string, list: string, sha16: string): string =>
    path(cluster(name), 'work', encodeKeyPart(workflowId), `${encodeKeyPart(list)}-${sha16}.ndjson.gz`),
} as const;

/** A key as recorded in manifests and segments: relative to the cluster's prefix, so that a cluster can be moved. */
export function relativeToCluster(name: string, key: string): string {
  const prefix = layout.cluster(name);
  if (!key.startsWith(prefix)) throw new RangeError(`The key ${key} does not belong to cluster ${name}.`);
  return key.slice(prefix.length);
}

/** The backup that a key relative to the cluster's prefix belongs to: `backups/<id>/…`. */
export const ownerOfKey = (key: string): string => key.split('/', 2)[1] ?? '';

/** The inverse of `relativeToCluster`. */
export const inCluster = (name: string, key: string): string => layout.cluster(name) + key;
