import type { z } from 'zod';
import { backUpDatabaseInput, backUpDatabaseResult } from './back-up-database';
import { createSnapshotInput, createSnapshotResult } from './snapshot/create-snapshot';
import { deleteSnapshotInput, deleteSnapshotResult } from './snapshot/delete-snapshot';
import {
  disablePointInTimeRecoveryInput,
  disablePointInTimeRecoveryResult,
} from './pitr/disable-point-in-time-recovery';
import { enablePointInTimeRecoveryInput, enablePointInTimeRecoveryResult } from './pitr/enable-point-in-time-recovery';
import { dumpClusterInput, dumpClusterResult } from './dump/dump-cluster';
import { dumpDatabaseInput, dumpDatabaseResult } from './dump/dump-database';
import { inspectClusterInput, inspectClusterResult } from './inspect-cluster';
import { loadDumpInput, loadDumpResult } from './load-dump';
import { recoverToPointInTimeInput, recoverToPointInTimeResult } from './pitr/recover-to-point-in-time';
import { rehearseRestoreInput, rehearseRestoreResult } from './rehearse-restore';
import {
  applyRetentionInput,
  applyRetentionResult,
  deleteBackupInput,
  deleteBackupResult,
  holdBackupInput,
  holdBackupResult,
  releaseBackupInput,
  releaseBackupResult,
  undeleteBackupInput,
  undeleteBackupResult,
} from './retention/operations';
import { restoreDatabaseInput, restoreDatabaseResult } from './restore-database';
import { restoreSnapshotInput, restoreSnapshotResult } from './snapshot/restore-snapshot';
import { scrubRepositoryInput, scrubRepositoryResult, verifyBackupInput, verifyBackupResult } from './verification';

/** Every workflow that callers start, by its type name. The reference pages are generated from this table. */
export const operations = {
  backUpDatabase: {
    input: backUpDatabaseInput,
    result: backUpDatabaseResult,
    what: 'Backs up one database to the bucket: snapshot, schema, tablet files from every node, manifest last.',
    example: { database: 'ysql.orders' },
  },
  restoreDatabase: {
    input: restoreDatabaseInput,
    result: restoreDatabaseResult,
    what: 'Restores a backup under a name that does not exist yet, and compares it with what the backup recorded.',
    example: { backup: { database: 'ysql.orders' }, as: 'orders_copy' },
  },
  rehearseRestore: {
    input: rehearseRestoreInput,
    result: rehearseRestoreResult,
    what: 'Proves a backup by restoring it: to a scratch database that is compared with what was backed up, timed, and dropped.',
    example: { database: 'ysql.orders' },
  },
  createSnapshot: {
    input: createSnapshotInput,
    result: createSnapshotResult,
    what: 'Takes a snapshot that stays inside the cluster: ready in seconds, lost with the cluster.',
    example: { database: 'ysql.orders', keepFor: '2 days' },
  },
  restoreSnapshot: {
    input: restoreSnapshotInput,
    result: restoreSnapshotResult,
    what: 'Puts a database back, in place, to what a snapshot inside the cluster holds. Later writes are lost.',
    example: { snapshotId: '0d4b4935-2c95-4523-95ab-9ead1e95e794', confirm: 'ysql.orders' },
  },
  deleteSnapshot: {
    input: deleteSnapshotInput,
    result: deleteSnapshotResult,
    what: 'Deletes a snapshot that createSnapshot made; those of schedules, backups and people are refused.',
    example: { snapshotId: '0d4b4935-2c95-4523-95ab-9ead1e95e794' },
  },
  enablePointInTimeRecovery: {
    input: enablePointInTimeRecoveryInput,
    result: enablePointInTimeRecoveryResult,
    what: "Has the cluster keep a database's history, so that it can be recovered to any moment of it.",
    example: { database: 'ysql.orders', every: '1h', keep: '7 days' },
  },
  disablePointInTimeRecovery: {
    input: disablePointInTimeRecoveryInput,
    result: disablePointInTimeRecoveryResult,
    what: "Deletes a database's snapshot schedule with its snapshots: its history can't be recovered any more.",
    example: { database: 'ysql.orders' },
  },
  recoverToPointInTime: {
    input: recoverToPointInTimeInput,
    result: recoverToPointInTimeResult,
    what: 'Recovers a database to a moment: as a copy beside the original, or by rewinding it in place.',
    example: { database: 'ysql.orders', ago: '10 minutes', as: 'orders_before' },
  },
  dumpDatabase: {
    input: dumpDatabaseInput,
    result: dumpDatabaseResult,
    what: 'Dumps one database as SQL text, or one keyspace as CQL and CSV, to the bucket, compressed on the way, with the number of rows of each table.',
    example: { database: 'ysql.orders' },
  },
  dumpCluster: {
    input: dumpClusterInput,
    result: dumpClusterResult,
    what: 'Dumps roles, tablespaces and every database as SQL text, or every keyspace as CQL and CSV, to the bucket.',
    example: { api: 'ysql' },
  },
  loadDump: {
    input: loadDumpInput,
    result: loadDumpResult,
    what: 'Loads a dump under a name that does not exist yet; stops at the first error, and compares the rows of each table.',
    example: { dump: 'ysql.orders-dump-20261122T020007Z-3fa9c1', as: 'orders_copy' },
  },
  applyRetention: {
    input: applyRetentionInput,
    result: applyRetentionResult,
    what: 'Deletes the backups and dumps that no rule of the policies keeps, and removes what was deleted long enough ago.',
    example: { dryRun: true },
  },
  verifyBackup: {
    input: verifyBackupInput,
    result: verifyBackupResult,
    what: 'Proves that everything a backup or dump consists of is in the bucket as it was written, and marks every backup that needs something damaged.',
    example: { backup: 'ysql.orders-20261122T020007Z-3fa9c1', level: 'full' },
  },
  scrubRepository: {
    input: scrubRepositoryInput,
    result: scrubRepositoryResult,
    what: 'Reads a share of everything that is stored, what was read longest ago first, so that every byte is proved again within a month; for a schedule.',
    example: { bytesPerSecond: 50_000_000 },
  },
  deleteBackup: {
    input: deleteBackupInput,
    result: deleteBackupResult,
    what: "Deletes one backup or dump: it can't be restored any more, and its objects are removed after the grace time.",
    example: { backup: 'ysql.orders-20261122T020007Z-3fa9c1', reason: 'made by mistake' },
  },
  undeleteBackup: {
    input: undeleteBackupInput,
    result: undeleteBackupResult,
    what: 'Takes a deletion back, as long as none of its objects has been removed.',
    example: { backup: 'ysql.orders-20261122T020007Z-3fa9c1', reason: 'still needed' },
  },
  holdBackup: {
    input: holdBackupInput,
    result: holdBackupResult,
    what: 'Keeps a backup or dump, whatever the policies say, until it is released.',
    example: { backup: 'ysql.orders-20261122T020007Z-3fa9c1', reason: 'the audit of 2026' },
  },
  releaseBackup: {
    input: releaseBackupInput,
    result: releaseBackupResult,
    what: 'Ends a hold: the policies decide again.',
    example: { backup: 'ysql.orders-20261122T020007Z-3fa9c1', reason: 'the audit is over' },
  },
  inspectCluster: {
    input: inspectClusterInput,
    result: inspectClusterResult,
    what: 'The cluster as Kalpa sees it: nodes, databases, backups, the store, problems. Changes nothing.',
    example: {},
  },
} as const;

/** Workflow types that callers start. */
export type OperationName = keyof typeof operations;

/** Input and result of each workflow type. */
export type OperationTypes = {
  [O in OperationName]: {
    input: z.output<(typeof operations)[O]['input']>;
    result: z.output<(typeof operations)[O]['result']>;
  };
};
