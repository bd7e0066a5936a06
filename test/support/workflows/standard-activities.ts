import type { ControlActivities } from '../../../src/activities/control';
import type { Answer } from '../../../src/activities/control/preflight/define-preflight';
import type { JanitorActivities } from '../../../src/activities/janitor';
import type { NodeActivities } from '../../../src/activities/node';

/** Activities by name, of both kinds of worker. */
export type Activities = { [A in keyof Served]: Plain<Served[A]> };

type Served = ControlActivities & NodeActivities & JanitorActivities;
/** What preflight answers, a test may say without more. */
type Plain<A> = A extends (input: infer I) => Promise<Answer<infer R>> ? (input: I) => Promise<R | Answer<R>> : A;

/** Those that ask Temporal alone: the product's own serve. */
export type AskingTemporal =
  'findGuardian' | 'passLimits' | 'readCopies' | 'readSettings' | 'waitForGuardianEnd' | 'waitUntilFree' | 'watchOwner';

export const NODES = ['n1:9100', 'n2:9100'] as const;
export const RECOVERY_POINT = '2026-11-22T02:00:07.123456Z';

const MB = 1_000_000;
const list = (name: string, files: number, bytes: number) => ({
  key: `work/${name}`,
  sha256: 'a'.repeat(64),
  files,
  bytes,
});
const part = (name: string) => ({ ...list(name, 1, 100), tables: 1, rows: 600 });
const batch = (n: number, bytes: number) => ({ n, work: list(`batch-${n}`, 10, bytes), tablets: 2 });
const uuidOf = (address: string): string => `uuid-of-${address.replace(/\W/g, '-')}`;

/** 100 MB of a node, in so many batches. */
export function planOf(address: string, batches = 1) {
  return {
    node: { uuid: uuidOf(address), address },
    batches: Array.from({ length: batches }, (_, i) => batch(i + 1, Math.round((100 * MB) / batches))),
    files: 10 * batches,
    bytes: 100 * MB,
  };
}

const plans = () => NODES.map((address) => planOf(address));

/** `ysql.orders` of the id of a backup or dump of it. */
const databaseOfId = (id: string): string => id.replace(/(-dump)?-\d{8}T\d{6}Z-[0-9a-f]{6}$/, '');
const idOf = (backup: string | { database: string }): string => (typeof backup === 'string' ? backup : backup.database);
/** Snapshots of the tests carry their database's name in their first digits. */
const databaseOfSnapshot = (id: string): string => `ysql.db_${id.slice(0, 8)}`;

const backupOf = ({ backup }: { backup: string | { database: string } }) => ({
  ...{ backupId: idOf(backup), cluster: 'demo', database: databaseOfId(idOf(backup)) },
  ...{ snapshotId: 'snapshot-0', recoveryPoint: RECOVERY_POINT, tables: 3, tablets: 12, files: 20 },
  ...{
    bytes: 200 * MB,
    manifestSha256: 'b'.repeat(64),
    chain: { workflowId: 'backup', firstExecutionRunId: '3fa9c1' },
  },
});

/** What a node worker says of itself. */
const described = (address: string) => ({
  ...{ uuid: uuidOf(address), address },
  dataDirs: ['/data'],
  freeBytes: 1e12,
  kalpaVersion: '0.1.0',
});

const recovery = (database: string) => ({
  preview: {
    window: { from: '2026-11-22T00:00:00.000000Z', to: RECOVERY_POINT },
    scheduleId: 'schedule-1',
    revertsDdl: false,
    ddlSince: [],
    openConnections: 0,
    notReverted: [],
  },
  listedBefore: [],
  namespaceId: `namespace-of-${database.replace(/\W/g, '-')}`,
  warnings: [],
  storeAnswers: true,
});

/**
 * An activity for each step of each workflow, as in a cluster where everything goes well. No cluster is behind them.
 */
export function standardActivities() {
  return {
    changeHold: async ({ backup }) => ({ database: databaseOfId(backup) }),
    carrySequences: async () => ({ sequences: 0, warnings: [] }),
    commitDump: async () => ({
      manifest: { key: 'dump.json', sha256: 'b'.repeat(64) },
      ...{ databases: 2, tables: 3, files: 4, bytes: 5 * MB, rows: 600 },
    }),
    commitManifest: async () => ({
      manifest: { key: 'manifest.json', sha256: 'b'.repeat(64) },
      recoveryPoint: RECOVERY_POINT,
      ...{ tables: 3, tablets: 12, files: 20, bytes: 200 * MB, uploadedBytes: 150 * MB, reusedBytes: 50 * MB },
    }),
    chooseRehearsal: async ({ database, backup, keep, chain }) => ({
      name: keep ? 'orders_rehearsed_3fa9c1' : 'kalpa_0123456789ab',
      backup: {
        ...{ backupId: backup ?? `${database}-20261122T020007Z-3fa9c1`, cluster: 'demo', database, chain },
        ...{ snapshotId: 'snapshot-0', recoveryPoint: RECOVERY_POINT, tables: 3, tablets: 12, files: 20 },
        ...{ bytes: 200 * MB, manifestSha256: 'b'.repeat(64) },
      },
    }),
    compareClocks: async () => ({ clusterAheadMs: 0, clusterMicros: '1795312807123456' }),
    confirmKeyspace: async () => undefined,
    copyTablets: async ({ batch: { n, work } }) => ({
      segment: { ...list(`segment-${n}`, work.files, work.bytes), size: 100 },
    }),
    createKeyspace: async () => undefined,
    createSnapshot: async () => ({ snapshotId: 'snapshot-1', adopted: false, warnings: [] }),
    createSnapshotSchedule: async () => ({ scheduleId: 'schedule-1' }),
    deleteNamed: async ({ backup }) => ({
      database: databaseOfId(backup),
      tombstone: `tombstones/${backup}.json`,
      removedFrom: '2026-11-29T02:00:07.000Z',
    }),
    deletePlanned: async () => ({ deleted: 1 }),
    deleteSnapshot: async () => undefined,
    deleteSnapshotSchedule: async () => undefined,
    describeNode: async ({ address }) => described(address),
    describeRelease: async () => ({ clonesDatabases: true }),
    describeSnapshot: async () => ({ createdAt: RECOVERY_POINT, schema: 'digest' }),
    dumpKeyspace: async () => ({ part: part('definitions'), tables: ['customers', 'orders'], expiring: [] }),
    dumpSchema: async () => ({ artefacts: [] }),
    dumpTable: async () => part('rows'),
    dumpText: async () => part('text'),
    editSnapshotSchedule: async () => undefined,
    endSessions: async () => ({ ended: 0 }),
    exportSnapshot: async () => ({
      artefact: { ...list('snapshot', 1, 100), kind: 'snapshot' as const, size: 100 },
      tablets: list('tablets', 12, 0),
    }),
    findBackup: async (input) => backupOf(input),
    findDump: async ({ dump, chain }) => ({
      ...{
        dumpId: dump,
        cluster: 'demo',
        database: 'ysql.orders',
        content: 'all' as const,
        chain,
        manifestSha256: 'b'.repeat(64),
      },
    }),
    findSnapshot: async ({ snapshotId }) => ({
      database: databaseOfSnapshot(snapshotId),
      state: 'COMPLETE' as const,
      ours: true,
    }),
    fingerprintTables: async () => ({ fingerprint: list('fingerprint', 3, 0) }),
    importSnapshot: async () => ({ snapshotId: 'imported-1', tabletMap: list('tablet-map', 12, 0) }),
    inspect: async () => ({
      ...{ cluster: 'demo', version: '2.25', dialect: '2.25', nodes: [], databases: [] },
      ...{ store: { safe: true, findings: [] }, problems: [] },
    }),
    listNodes: async () => ({ nodes: NODES.map((address) => ({ uuid: uuidOf(address), address, alive: true })) }),
    listReplicas: async () => ({ listing: list('replicas', 10, 100 * MB) }),
    listSnapshotIds: async () => ({ snapshotIds: [] }),
    loadSchema: async () => ({ warnings: [] }),
    loadTable: async () => ({ rows: 600 }),
    loadText: async () => ({ warnings: [] }),
    readContent: async () => ({ sha256: '0'.repeat(64), accepted: [], warnings: [] }),
    lookAfterRecovery: async () => ({ invalidIndexes: [] }),
    lookAtOtherSchemas: async () => ({}),
    lookForSnapshot: async ({ snapshotId }) => ({
      database: databaseOfSnapshot(snapshotId),
      state: 'COMPLETE' as const,
      ours: true,
    }),
    lookBeforeRestore: async () => ({ restorationIds: [] }),
    lookBeforeSnapshot: async () => ({ snapshotIds: [], catalogVersion: '1' }),
    nameDatabase: async () => undefined,
    nameScratch: async () => ({ scratchName: 'kalpa_0123456789ab' }),
    openBackup: async () => undefined,
    openDump: async () => undefined,
    otherSchemasSince: async () => ({ changed: [] }),
    placeTablets: async () => undefined,
    planCopies: async () => ({ nodes: plans(), tablets: 12, without: 0, named: [], bases: [], passedOver: [] }),
    planPlacement: async () => ({ nodes: plans(), replicas: 'digest' }),
    planRetention: async () => ({
      ...{ kept: 2, deleted: 1, freedBytes: 100 * MB, first: [], warnings: [] },
      plan: { key: 'work/retention', sha256: 'c'.repeat(64) },
    }),
    planRepair: async () => ({ batches: [], unrepaired: 0, reasons: [] }),
    repairFiles: async () => ({ outcomes: { key: 'work/outcomes', sha256: 'c'.repeat(64), files: 1, bytes: 1 } }),
    recordRepairs: async () => ({ files: 1, bytes: 1, unrepaired: 0, reasons: [] }),
    planVerification: async ({ backup, level }) => ({
      ...{ kind: 'backup' as const, id: backup, database: databaseOfId(backup), manifestSha256: 'b'.repeat(64), level },
      ...{ plannedAt: RECOVERY_POINT, since: RECOVERY_POINT, objects: 20, bytes: 200 * MB, provedBytes: 0 },
      ...{ read: { files: 20, bytes: 200 * MB }, batches: list('verify', 2, 200 * MB) },
    }),
    checkObjects: async () => ({ files: 10, bytes: 100 * MB, bad: 0 }),
    planScrub: async () => ({
      ...{ plannedAt: RECOVERY_POINT, backups: 3, bytes: 900 * MB, lateBytes: 0, warnings: [] },
      ...{ read: { files: 20, bytes: 200 * MB }, batches: list('verify', 2, 200 * MB) },
    }),
    recordScrub: async () => ({ problems: ['ysql.orders-1 is damaged'], affected: ['ysql.orders-1'] }),
    recordVerification: async ({ plan }) => ({
      ...{ problems: [], affected: [] },
      record: { key: `verifications/${plan.id}.json`, sha256: 'b'.repeat(64) },
    }),
    preflightBackup: async () => ({ warnings: [] }),
    preflightUnfound: async ({ find }) => backupOf(find), // the store is back
    preflightCopy: async () => ({}),
    preflightDeleteSnapshot: async () => undefined,
    preflightDump: async ({ database }) => ({ databases: [database ?? 'ysql.orders', 'ysql.shop'], warnings: [] }),
    preflightLoad: async () => ({ scratchName: 'kalpa_0123456789ab', warnings: [] }),
    preflightLoadKeyspace: async () => ({ tables: ['orders'], filled: ['orders'], warnings: [] }),
    preflightRecovery: async ({ database }) => recovery(database),
    preflightRestore: async () => ({ scratchName: 'kalpa_0123456789ab', warnings: [] }),
    preflightRestoreSnapshot: async () => ({ restoredTo: RECOVERY_POINT, warnings: [] }),
    preflightSchedule: async ({ wanted }) =>
      wanted
        ? { action: 'create', wanted: { everyMinutes: 60, keepMinutes: 1440 }, listedBefore: [] }
        : { action: 'delete', scheduleId: 'schedule-1', listedBefore: [] },
    preflightSnapshot: async () => ({}),
    readLoadBalancer: async () => ({ enabled: false }),
    recordBrokenOff: async () => undefined,
    recordOperation: async () => undefined,
    renewLease: async () => undefined,
    recordRehearsal: async ({ backup }) => ({ record: `verifications/${backup.backupId}/rehearsal.json` }),
    recordPointInTime: async () => undefined,
    recordSnapshot: async () => undefined,
    restoreSequences: async () => ({ sequences: 0, warnings: [] }),
    restoreSnapshot: async () => ({ restorationId: 'restoration-1' }),
    rewindDatabase: async () => ({ restorationId: 'restoration-1' }),
    setLoadBalancer: async () => undefined,
    setRunLimits: async () => undefined,
    startClone: async () => undefined,
    surveyNodes: async () => ({ nodes: NODES.map((address) => ({ uuid: uuidOf(address), address, alive: true })) }),
    sweepRepository: async () => ({ swept: 0, objects: 0, bytes: 0, waiting: [] }),
    undeleteNamed: async ({ backup }) => ({ database: databaseOfId(backup) }),
    undo: async ({ undo }) => ({ undone: `undid ${undo.kind}` }),
    verifyLoaded: async () => ({ tables: 3, rows: 600, comparedByValue: 3, warnings: [] }),
    verifyLoadedTable: async () => ({ rows: 600 }),
    verifyPlaced: async () => [],
    verifyRestored: async () => ({ tablesChecked: 3, rowsChecked: 600, warnings: [] }),
    waitForClone: async () => ({}),
    waitForFirstSnapshot: async () => ({ others: [] }),
    waitForRestoration: async () => undefined,
    waitForSnapshot: async () => undefined,
    waitUntilDeleted: async () => undefined,
  } satisfies Omit<Activities, AskingTemporal>;
}
