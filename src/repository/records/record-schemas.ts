import { z } from 'zod';
import { CLOSED_ENDS, BACKUP_KINDS } from '../layout/layout';

/** The format that this version writes and reads. Newer ones are refused. */
export const FORMAT = 1 as const;
const format = z.literal(FORMAT);
const instant = z.iso.datetime({ offset: true });

/** `kalpa.json`. */
export const repositoryRecord = z.looseObject({ format, repositoryId: z.string().min(1) });

/** `cluster.json`: which universe writes under this name. */
export const clusterRecord = z.looseObject({ format, cluster: z.string(), universeId: z.string().min(1) });

const kind = z.enum(BACKUP_KINDS).optional();
const person = z.string().max(1_000).optional();

/** Deletion, phase 1: from here on the backup can't be restored. Later changes have the next numbers. */
export const tombstoneRecord = z.looseObject({
  format,
  /** For a dump (see `kind`), the dump's id. */
  backupId: z.string(),
  cluster: z.string(),
  kind,
  /** Absent: 1. */
  n: z.int().positive().optional(),
  /** Absent: deleted. `sweeping`: its objects are being removed; it can't be undeleted any more. */
  change: z.enum(['deleted', 'undeleted', 'sweeping', 'swept']).optional(),
  reason: z.string().optional(),
  by: person,
  workflowId: z.string().optional(),
  at: instant.optional(),
  /** What the sweep removed, recorded at its end. */
  objects: z.int().nonnegative().optional(),
  bytes: z.int().nonnegative().optional(),
});
export type TombstoneRecord = z.output<typeof tombstoneRecord>;

/** A person's decision to keep a backup or dump. */
export const holdRecord = z.looseObject({
  format,
  backupId: z.string(),
  cluster: z.string(),
  kind,
  n: z.int().positive(),
  change: z.enum(['held', 'released']),
  reason: z.string(),
  by: person,
  workflowId: z.string().optional(),
  at: instant.optional(),
});
export type HoldRecord = z.output<typeof holdRecord>;

/** The retention policies as they were in `kalpa.yaml`. */
export const policiesRecord = z.looseObject({
  format,
  cluster: z.string(),
  at: instant,
  policies: z.record(z.string(), z.unknown()),
  by: person,
  kalpaVersion: z.string(),
});
export type PoliciesRecord = z.output<typeof policiesRecord>;

/** How everything that a backup or dump needs is locked in the bucket, decided once, at its beginning. */
export const objectLock = z.object({ mode: z.enum(['governance', 'compliance']), until: instant });

/** Protection record: what is being made, by whom, since when. */
export const intentRecord = z.looseObject({
  format,
  backupId: z.string(),
  cluster: z.string(),
  database: z.string(),
  workflowId: z.string(),
  /** First execution run id of the chain. */
  firstRunId: z.string(),
  startedAt: instant,
  /** Who started the run: a person, a schedule, a program. */
  startedBy: z.string().optional(),
  label: z.string().optional(),
  keepFor: z.string().optional(),
  lock: objectLock.optional(),
  kalpaVersion: z.string(),
});
export type IntentRecord = z.output<typeof intentRecord>;

/** How an intent ended that did not become a backup. */
export const closedRecord = z.looseObject({
  format,
  /** The cluster it belongs to; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  backupId: z.string(),
  end: z.enum(CLOSED_ENDS),
  closedAt: instant,
  /** Failure type and message, if there was a failure. */
  failure: z.looseObject({ type: z.string(), message: z.string() }).optional(),
});
export type ClosedRecord = z.output<typeof closedRecord>;

/** "In use by a restore"; renewed by a new object. */
export const leaseRecord = z.looseObject({
  format,
  /** The cluster it belongs to; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  backupId: z.string(),
  kind,
  holder: z.string(),
  expiresAt: instant,
});
export type LeaseRecord = z.output<typeof leaseRecord>;

/** The audit record: who, the input, how it ended. */
export const operationRecord = z.looseObject({
  format,
  operation: z.string(),
  workflowId: z.string(),
  firstRunId: z.string(),
  cluster: z.string(),
  database: z.string().optional(),
  startedAt: instant,
  endedAt: instant.optional(),
  startedBy: z.string().optional(),
  input: z.unknown(),
  outcome: z.string().optional(),
  result: z.unknown().optional(),
  failure: z.looseObject({ type: z.string(), message: z.string() }).optional(),
  /** What its guardian undid after the run was ended from outside. */
  cleanedUp: z.looseObject({ undone: z.array(z.string()), leftovers: z.array(z.string()) }).optional(),
  kalpaVersion: z.string(),
});
export type OperationRecord = z.output<typeof operationRecord>;

/** A snapshot that stays in the cluster, so that its owner is known. */
export const snapshotRecord = z.looseObject({
  format,
  /** The cluster it belongs to; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  snapshotId: z.string(),
  database: z.string(),
  createdAt: instant,
  expiresAt: instant.optional(),
  /** Digest of the schema at the snapshot's time: restoring in place reverts data only. */
  schema: z.string(),
  workflowId: z.string(),
  firstRunId: z.string(),
  kalpaVersion: z.string(),
});
export type SnapshotRecord = z.output<typeof snapshotRecord>;

/** The requested point-in-time recovery settings of a database; `off` if it was disabled. */
export const pointInTimeRecord = z.looseObject({
  format,
  /** The cluster it belongs to; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  database: z.string(),
  at: instant,
  schedule: z.looseObject({ id: z.string(), everyMinutes: z.number(), keepMinutes: z.number() }).or(z.literal('off')),
  /** Catalog version at that time: while it is unchanged, so is the schema. */
  catalogVersion: z.string().optional(),
  workflowId: z.string(),
  kalpaVersion: z.string(),
});
export type PointInTimeRecord = z.output<typeof pointInTimeRecord>;

/** A change of a Temporal schedule, with the full definition, so that it can be recreated in a new Temporal server. */
export const scheduleRecord = z.looseObject({
  format,
  /** The cluster it belongs to; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  scheduleId: z.string().min(1),
  at: instant,
  schedule: z
    .looseObject({
      scheduleId: z.string().min(1),
      operation: z.string(),
      input: z.record(z.string(), z.unknown()),
    })
    .or(z.literal('removed')),
  kalpaVersion: z.string(),
});
export type ScheduleRecord = z.output<typeof scheduleRecord>;

/** What was verified, when, and at what level. */
export const verificationRecord = z.looseObject({
  format,
  /** The cluster it belongs to; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  backupId: z.string(),
  kind,
  level: z.string(),
  ok: z.boolean(),
  verifiedAt: instant,
  objects: z.int().nonnegative().optional(),
  bytes: z.int().nonnegative().optional(),
  problems: z.array(z.string()),
  /** The backup whose verification found damage that this one is affected by, too. */
  foundBy: z.string().optional(),
  workflowId: z.string().optional(),
  firstRunId: z.string().optional(),
  /** For level `rehearsal`: what was restored, how thoroughly it was compared, and where the time went. */
  rehearsal: z
    .looseObject({
      recoveryPoint: instant,
      level: z.string(),
      tablesChecked: z.int().nonnegative(),
      rowsChecked: z.int().nonnegative(),
      recoveryTimeSeconds: z.number().nonnegative(),
      phases: z.array(z.looseObject({ phase: z.string(), seconds: z.number().nonnegative() })),
      kalpaVersion: z.string(),
    })
    .optional(),
});
export type VerificationRecord = z.output<typeof verificationRecord>;

const bytes = z.int().nonnegative();

/** What lists show of one backup, from its manifest and its protection record. */
const summarizedBackup = z.looseObject({
  backupId: z.string(),
  /** Size of the manifest that this was read from, and when the store says that it was written. */
  manifestBytes: bytes,
  committedAt: instant,
  recoveryPoint: z.string(),
  /** Every moment from this one to the recovery point can be restored. */
  from: z.string(),
  label: z.string().optional(),
  keepFor: z.string().optional(),
  workflowId: z.string().optional(),
  startedBy: z.string().optional(),
  bytes,
  uploadedBytes: bytes,
  /** The backups whose objects it needs, and how many bytes of them are kept for it. */
  refersTo: z.array(z.object({ id: z.string(), bytes })),
});
export type SummarizedBackup = z.output<typeof summarizedBackup>;

/** The same of many backups, so that a long list takes few reads. */
export const summaryRecord = z.looseObject({
  format,
  cluster: z.string(),
  /** When the newest of the backups was started. */
  newest: instant,
  at: instant,
  /** The keys that were trusted when their manifests were read; none: all were. */
  keys: z.array(z.string()),
  backups: z.array(summarizedBackup),
});
export type SummaryRecord = z.output<typeof summaryRecord>;
