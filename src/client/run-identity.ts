import {
  databaseOfBackup,
  splitDatabase,
  workflowIds,
  type LoadDumpInput,
  type OperationName,
  type OperationTypes,
  type RestoreDatabaseInput,
} from '../contract';
import { compactUtc } from '../objects/texts';

/** The id that Kalpa assigns to a run, and the summary that the Web UI shows for it. */
export interface RunIdentity {
  workflowId: string;
  summary: string;
}

/** A restore is named after the database that it creates: a second one of the same name finds the first. */
function restoreIdentity(cluster: string, { backup, as }: RestoreDatabaseInput): RunIdentity {
  // An impossible id stands for itself: the run refuses it with NotFound.
  const source = typeof backup === 'string' ? (databaseOfBackup(backup) ?? backup) : backup.database;
  const target = as === undefined ? source : siblingOf(source, as);
  const named = typeof backup === 'string' ? backup : `the newest backup of ${backup.database}`;
  return { workflowId: workflowIds.restore(cluster, target), summary: `restore ${named} as ${target}` };
}

/** A load is named after the database that it creates, too. */
function loadIdentity(cluster: string, { dump, database, as }: LoadDumpInput): RunIdentity {
  const source = database ?? databaseOfBackup(dump)?.replace(/-dump$/, '') ?? dump;
  const target = as === undefined ? source : siblingOf(source, as);
  return { workflowId: workflowIds.load(cluster, target), summary: `load ${dump} as ${target}` };
}

/** A longer summary is cut by the server (facts: keep under 200 bytes). */
const SUMMARY_LENGTH = 120;

/** Identity of a run without a given id. `at`: the moment of the start. */
export function runIdentity<O extends OperationName>(
  cluster: string,
  operation: O,
  input: OperationTypes[O]['input'],
  at: Date,
): RunIdentity {
  const { workflowId, summary } = identities[operation](cluster, input, at);
  return {
    workflowId,
    summary: summary.length > SUMMARY_LENGTH ? `${summary.slice(0, SUMMARY_LENGTH - 1)}…` : summary,
  };
}

/** Identity of the runs of a schedule: as above, without the time, which Temporal appends. */
export function scheduledIdentity<O extends OperationName>(
  cluster: string,
  operation: O,
  input: OperationTypes[O]['input'],
): RunIdentity {
  const anyTime = new Date(0);
  const { workflowId, summary } = runIdentity(cluster, operation, input, anyTime);
  return { workflowId: workflowId.replace(`/${compactUtc(anyTime)}`, ''), summary };
}

type Identities = {
  [O in OperationName]: (cluster: string, input: OperationTypes[O]['input'], at: Date) => RunIdentity;
};

const identities: Identities = {
  backUpDatabase: (cluster, { database }, at) => ({
    workflowId: workflowIds.backup(cluster, database, at),
    summary: `back up ${database}`,
  }),
  restoreDatabase: restoreIdentity,
  rehearseRestore: (cluster, { database, backup }) => ({
    workflowId: workflowIds.rehearse(cluster, database),
    summary: `rehearse the restore of ${backup ?? `a backup of ${database}`}`,
  }),
  createSnapshot: (cluster, { database }, at) => ({
    workflowId: workflowIds.snapshot(cluster, database, at),
    summary: `snapshot ${database} inside the cluster`,
  }),
  restoreSnapshot: (cluster, { snapshotId, confirm }) => ({
    workflowId: workflowIds.restoreSnapshot(cluster, snapshotId),
    summary: `restore snapshot ${snapshotId} of ${confirm} in place`,
  }),
  deleteSnapshot: (cluster, { snapshotId }) => ({
    workflowId: workflowIds.deleteSnapshot(cluster, snapshotId),
    summary: `delete snapshot ${snapshotId}`,
  }),
  enablePointInTimeRecovery: (cluster, { database, every, keep }) => ({
    workflowId: workflowIds.pointInTimeRecovery(cluster, database),
    summary: `keep the history of ${database}: every ${every}, ${keep} back`,
  }),
  disablePointInTimeRecovery: (cluster, { database }) => ({
    workflowId: workflowIds.pointInTimeRecovery(cluster, database),
    summary: `stop keeping the history of ${database}`,
  }),
  recoverToPointInTime: (cluster, { database, to, ago, as }) => ({
    workflowId: workflowIds.recover(cluster, as === undefined ? database : siblingOf(database, as)),
    summary: `recover ${database} to ${to ?? `${ago ?? ''} ago`}${as === undefined ? ' in place' : ` as ${as}`}`,
  }),
  dumpDatabase: (cluster, { database }, at) => ({
    workflowId: workflowIds.dump(cluster, database, at),
    summary: `dump ${database}`,
  }),
  dumpCluster: (cluster, { api }, at) => ({
    workflowId: workflowIds.dump(cluster, api, at),
    summary: `dump every ${api} database of ${cluster}`,
  }),
  loadDump: loadIdentity,
  applyRetention: (cluster, { database, dryRun }) => ({
    workflowId: workflowIds.retention(cluster),
    summary: `${dryRun ? 'show what retention would do' : 'retention'} of ${database ?? 'every database'}`,
  }),
  scrubRepository: (cluster, { database }) => ({
    workflowId: workflowIds.scrub(cluster),
    summary: `scrub ${database ?? 'every backup and dump'}`,
  }),
  verifyBackup: (_cluster, { backup, level }) => ({
    workflowId: workflowIds.verifyBackup(backup),
    summary: `verify ${backup}: ${level}`,
  }),
  deleteBackup: (cluster, { backup }) => ({
    workflowId: workflowIds.deleteBackup(cluster, backup),
    summary: `delete ${backup}`,
  }),
  undeleteBackup: (cluster, { backup }) => ({
    workflowId: workflowIds.undeleteBackup(cluster, backup),
    summary: `give ${backup} back`,
  }),
  holdBackup: (cluster, { backup }) => ({
    workflowId: workflowIds.holdBackup(cluster, backup),
    summary: `hold ${backup}`,
  }),
  releaseBackup: (cluster, { backup }) => ({
    workflowId: workflowIds.releaseBackup(cluster, backup),
    summary: `release ${backup}`,
  }),
  inspectCluster: (cluster, _input, at) => ({
    workflowId: workflowIds.inspect(cluster, at),
    summary: `inspect ${cluster}`,
  }),
};

/** `orders_copy` beside `ysql.orders` is `ysql.orders_copy`. */
const siblingOf = (database: string, name: string): string => `${splitDatabase(database)?.api ?? 'ysql'}.${name}`;
