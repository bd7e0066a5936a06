import { z } from 'zod';
import { databaseName, restoreSnapshotInput } from '../../contract';
import { fields as f, shapes as s } from '../../contract/internal';
import { SNAPSHOT_STATES } from '../../yugabyte';

const preflightWait = { patienceMs: z.number(), leftMs: z.number(), asksAgain: z.boolean() };
const unreachable = f.text(20_000);
const tables = f.tableNames.optional();
const target = z.object({ database: databaseName, name: s.bareName });
const backupChoice = z.object({
  chain: s.chain,
  backup: z.union([f.text(), z.object({ database: databaseName, before: f.instantText.optional() })]),
  fromCluster: f.text().optional(),
  manifestSha256: f.text(100).optional(),
  to: f.instantText.optional(),
});
const foundSnapshot = z.object({
  database: databaseName,
  namespaceId: f.clusterId.optional(),
  state: z.enum([...SNAPSHOT_STATES, 'UNKNOWN']),
  scheduleId: f.clusterId.optional(),
  ours: z.boolean(),
  notBelieved: f.text(4_000).optional(),
});
const onNodes = { nodes: z.array(s.nodeState), unlisted: unreachable.optional() };

/** The input of each preflight. */
export const preflightInputs = {
  chooseRehearsal: z.object({
    chain: s.chain,
    database: databaseName,
    backup: f.text().optional(),
    to: z.union([f.instantText, z.literal('random')]).optional(),
    keep: z.boolean().optional(),
    ...preflightWait,
  }),
  compareClocks: z.object({ database: databaseName, ...preflightWait }),
  findBackup: z.object({ ...backupChoice.shape, ...preflightWait }),
  findDump: z.object({
    chain: s.chain,
    dump: f.text(),
    database: databaseName.optional(),
    fromCluster: f.text().optional(),
    manifestSha256: f.text(100).optional(),
    ...preflightWait,
  }),
  findSnapshot: z.object({ snapshotId: f.clusterId, ...preflightWait }),
  preflightBackup: z.object({ database: databaseName, tables, ...onNodes, ...preflightWait }),
  preflightCopy: z.object({ database: databaseName, toMicros: f.micros, as: s.bareName, ...preflightWait }),
  preflightDeleteSnapshot: z.object({ snapshotId: f.clusterId, found: foundSnapshot }),
  preflightDump: z.object({
    database: databaseName.optional(),
    api: s.api.optional(),
    tables,
    rows: z.boolean(),
    rowsAlone: z.boolean().optional(),
    unlisted: unreachable.optional(),
    ...preflightWait,
  }),
  preflightLoad: z.object({
    dump: s.loadableDump,
    target,
    tables,
    roles: z.enum(['require', 'skip']),
    ...preflightWait,
  }),
  preflightLoadKeyspace: z.object({
    ...{ dump: s.loadableDump, target, tables, ...preflightWait },
    accept: z.array(f.text(100)).optional(),
  }),
  preflightRecovery: z.object({
    database: databaseName,
    toMicros: f.micros,
    as: s.bareName.optional(),
    confirmDataLoss: f.text().optional(),
    acknowledgeStreams: z.boolean().optional(),
    ...preflightWait,
  }),
  preflightRestore: z.object({
    backup: s.restorableBackup,
    target,
    tables,
    renameTables: z.record(f.text(), f.text()).optional(),
    ...onNodes,
    roles: z.enum(['require', 'create', 'skip']),
    tablespaces: z.enum(['require', 'skip']),
    accept: z.array(f.text(100)).optional(),
    ...preflightWait,
  }),
  preflightRestoreSnapshot: z.object({ request: restoreSnapshotInput, found: foundSnapshot, ...preflightWait }),
  preflightSchedule: z.object({
    database: databaseName,
    wanted: z.object({ every: f.text(100), keep: f.text(100) }).optional(),
    ...preflightWait,
  }),
  preflightSnapshot: z.object({ database: databaseName, tables, ...preflightWait }),
  preflightUnfound: z.object({ find: backupChoice, ...onNodes, ...preflightWait }),
  surveyNodes: z.object(preflightWait),
} as const;
