import { z } from 'zod';
import { CLOSED_ENDS, BACKUP_KINDS } from '../layout/layout';

/** The format that this version writes and reads. A reader refuses a newer one. */
export const FORMAT = 1 as const;
const format = z.literal(FORMAT);
const instant = z.iso.datetime({ offset: true });

/** `kalpa.json`. */
export const repositoryRecord = z.looseObject({ format, repositoryId: z.string().min(1) });

/** `cluster.json`: which universe writes under this name. */
export const clusterRecord = z.looseObject({ format, cluster: z.string(), universeId: z.string().min(1) });

const kind = z.enum(BACKUP_KINDS).optional();
const person = z.string().max(1_000).optional();

/** Deletion, phase 1: from here on the backup is not restorable. Later changes have the next numbers. */
export const tombstoneRecord = z.looseObject({
  format,
  /** A dump's id, where `kind` says so. */
  backupId: z.string(),
  cluster: z.string(),
  kind,
  /** Absent: 1. */
  n: z.int().positive().optional(),
  /** Absent: deleted. `sweeping`: its objects are being removed, there is no way back. */
  change: z.enum(['deleted', 'undeleted', 'sweeping', 'swept']).optional(),
  reason: z.string().optional(),
  by: person,
  workflowId: z.string().optional(),
  at: instant.optional(),
  /** What the sweep has removed, at its end. */
  objects: z.int().nonnegative().optional(),
  bytes: z.int().nonnegative().optional(),
});
export type TombstoneRecord = z.output<typeof tombstoneRecord>;

/** Somebody's word that a backup or dump stays. */
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

/** The policies of retention, as `kalpa.yaml` had them. */
export const policiesRecord = z.looseObject({
  format,
  cluster: z.string(),
  at: instant,
  policies: z.record(z.string(), z.unknown()),
  by: person,
  kalpaVersion: z.string(),
});
export type PoliciesRecord = z.output<typeof policiesRecord>;

/** How everything that a backup or dump needs is locked in the bucket, decided once, when it begins. */
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

/** The end of an intent that became no backup. */
export const closedRecord = z.looseObject({
  format,
  /** Whose it is; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  backupId: z.string(),
  end: z.enum(CLOSED_ENDS),
  closedAt: instant,
  /** Failure type and sentence, where there was one. */
  failure: z.looseObject({ type: z.string(), message: z.string() }).optional(),
});
export type ClosedRecord = z.output<typeof closedRecord>;

/** "In use by a restore"; renewal is a new object. */
export const leaseRecord = z.looseObject({
  format,
  /** Whose it is; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  backupId: z.string(),
  kind,
  holder: z.string(),
  expiresAt: instant,
});
export type LeaseRecord = z.output<typeof leaseRecord>;

/** The audit record: who, what was asked, how it ended. */
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
  /** What its guardian undid after a run that was ended from outside. */
  cleanedUp: z.looseObject({ undone: z.array(z.string()), leftovers: z.array(z.string()) }).optional(),
  kalpaVersion: z.string(),
});
export type OperationRecord = z.output<typeof operationRecord>;

/** A snapshot that stays in the cluster, so that it is known whose it is. */
export const snapshotRecord = z.looseObject({
  format,
  /** Whose it is; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  snapshotId: z.string(),
  database: z.string(),
  createdAt: instant,
  expiresAt: instant.optional(),
  /** Digest of the schema at its moment: restored in place it reverts data only. */
  schema: z.string(),
  workflowId: z.string(),
  firstRunId: z.string(),
  kalpaVersion: z.string(),
});
export type SnapshotRecord = z.output<typeof snapshotRecord>;

/** What was asked of a database's point-in-time recovery; `off` when it was disabled. */
export const pointInTimeRecord = z.looseObject({
  format,
  /** Whose it is; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  database: z.string(),
  at: instant,
  schedule: z.looseObject({ id: z.string(), everyMinutes: z.number(), keepMinutes: z.number() }).or(z.literal('off')),
  /** Catalog version then: proof that the schema is the same as long as it is. */
  catalogVersion: z.string().optional(),
  workflowId: z.string(),
  kalpaVersion: z.string(),
});
export type PointInTimeRecord = z.output<typeof pointInTimeRecord>;

/** A change of a Temporal schedule, whole: so that a new Temporal gets it back. */
export const scheduleRecord = z.looseObject({
  format,
  /** Whose it is; absent in records from before there were signatures. */
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

/** What was proved, when, how deep. */
export const verificationRecord = z.looseObject({
  format,
  /** Whose it is; absent in records from before there were signatures. */
  cluster: z.string().optional(),
  backupId: z.string(),
  kind,
  level: z.string(),
  ok: z.boolean(),
  verifiedAt: instant,
  objects: z.int().nonnegative().optional(),
  bytes: z.int().nonnegative().optional(),
  problems: z.array(z.string()),
  /** The backup whose verification found what this one needs, too. */
  foundBy: z.string().optional(),
  workflowId: z.string().optional(),
  firstRunId: z.string().optional(),
  /** Of level `rehearsal`: what was restored, how deep it was compared, and where the time went. */
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
