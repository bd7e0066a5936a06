import { z } from 'zod';
import { databaseName, newName } from '../fields/database-fields';
import { SCRATCH_NAME } from '../names';
import { searchAttributes, type SearchAttributeName } from '../search-attributes';
import { defaultTiming, type Timing } from '../timing';
import * as f from './fields';

export const api = z.enum(['ysql', 'ycql']);
/** A pattern of its own: the SDK freezes exports, and a schema can't match with a frozen pattern. */
export const scratchName = z
  .string({ error: 'a scratch name of a run' })
  .regex(new RegExp(SCRATCH_NAME), { error: 'a scratch name of a run, kalpa_ and 12 hex digits' });
export const bareName = newName;

export const chain = z.object({ workflowId: f.workflowId, firstExecutionRunId: f.runId });
export const guarded = z.object({ chain, guardianIds: z.array(f.workflowId).min(1, { error: 'at least one lock' }) });
export const listRef = z.object({ key: f.objectKey, sha256: f.hash, files: f.count, bytes: f.count });
export const segmentRef = z.object({ ...listRef.shape, size: f.count });
export const artefactRef = z.object({
  kind: z.enum(['schema', 'sequences', 'roles', 'snapshot', 'cqlSchema', 'tables', 'tablets']),
  key: f.objectKey,
  sha256: f.hash,
  size: f.count,
  contentBytes: f.count.optional(),
  count: f.count.optional(),
});

export const backupIdentity = z.object({
  backupId: f.artefactId,
  database: databaseName,
  chain,
  startedAt: f.instantText,
});
export const dumpIdentity = z.object({ dumpId: f.artefactId, subject: f.text(), chain, startedAt: f.instantText });
export const restorableBackup = z.object({
  backupId: f.artefactId,
  cluster: f.clusterName,
  manifestSha256: f.hash,
  database: databaseName,
  snapshotId: f.clusterId,
  recoveryPoint: f.instantText,
  atMicros: f.micros.optional(),
  tables: f.count,
  tablets: f.count,
  files: f.count,
  bytes: f.count,
  chain,
  warnings: z.array(f.text(20_000)).optional(),
});
export const dumpContent = z.enum(['schema', 'all', 'data']);
export const loadableDump = z.object({
  dumpId: f.artefactId,
  cluster: f.clusterName,
  manifestSha256: f.hash,
  database: databaseName,
  content: dumpContent,
  chain,
});

export const nodeRef = z.object({ uuid: f.clusterId, address: f.address });
export const nodeState = z.object({
  ...nodeRef.shape,
  alive: z.boolean(),
  worker: z
    .object({
      ...nodeRef.shape,
      dataDirs: z.array(f.text()),
      freeBytes: f.count,
      kalpaVersion: f.text(),
    })
    .optional(),
  workerProblem: f.text(20_000).optional(),
});
const objectLock = z.object({ mode: z.enum(['governance', 'compliance']), until: f.instantText });
export const batch = z.object({
  ...{ n: f.count, work: listRef, tablets: f.count },
  ...{ known: listRef.optional(), lock: objectLock.optional() },
});
export const nodePlan = z.object({ node: nodeRef, batches: z.array(batch), files: f.count, bytes: f.count });
export const earlierProgress = z.object({ files: f.count, bytes: f.count });
export const missedReplicas = z.object({ work: listRef, tablets: f.count, reason: f.text(20_000) });
export const reuseProblems = z.object({
  gone: f.count,
  goneFrom: z.array(f.artefactId),
  unreadable: z.array(f.text(20_000)),
  withoutBirthTimes: z.boolean(),
});
export const runLimits = z.object({
  version: f.count,
  bytesPerSecond: f.count.optional(),
  parallelism: f.count.max(64, { error: 'at most 64 requests in flight' }).optional(),
});

/** A timing that an earlier version did not know gets its default. */
const timing = z.object(
  Object.fromEntries(Object.entries(defaultTiming).map(([name, ms]) => [name, f.milliseconds.default(ms)])) as Record<
    keyof Timing,
    z.ZodDefault<typeof f.milliseconds>
  >,
);
export const settings = z.object({
  cluster: f.clusterName,
  timing,
  searchAttributes: z.array(z.enum(Object.keys(searchAttributes) as [SearchAttributeName, ...SearchAttributeName[]])),
});
