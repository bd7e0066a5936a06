import type { WorkflowHandle } from '@temporalio/client';
import { guardianId, type FailureType } from '../../src/contract';
import type { Undo } from '../../src/contract/internal';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { planOf, standardActivities, type Activities } from '../support/workflows/standard-activities';

/** A run that fails, and what it leaves. */
interface Failing {
  type: FailureType;
  workflow: string;
  input: object;
  /** Whose lock it takes. */
  database: string;
  activities: Partial<Activities>;
  /** In the failure's message, and on the run's page. */
  says: string;
  details?: object[];
  /** Snapshots that the run itself deletes, each before it takes the next one. */
  deleted?: number;
  /** What its guardian undoes, the newest first. */
  undone: object[];
}

const ID = '20261122T020000Z-3fa9c1';
const says = async (type: FailureType, message: string): Promise<never> => await Promise.reject(refusal(type, message));

/** Each one where its workflow meets it in earnest: in preflight, half-way, or as its own verdict. */
const FAILING: readonly Failing[] = [
  {
    type: 'AlreadyExists',
    workflow: 'restoreDatabase',
    input: { backup: `ysql.taken-${ID}` },
    database: 'ysql.taken',
    activities: { preflightRestore: () => says('AlreadyExists', 'There is a database ysql.taken already.') },
    says: 'There is a database ysql.taken already.',
    undone: [],
  },
  {
    // By then its tables belong to whoever made them: nothing of them is dropped.
    type: 'AlreadyExists',
    workflow: 'loadDump',
    input: { dump: `ycql.made-dump-${ID}` },
    database: 'ycql.made',
    activities: {
      findDump: async (asked) => ({ ...(await standardActivities().findDump(asked)), database: 'ycql.made' }),
      createKeyspace: () => says('AlreadyExists', 'Someone has made the keyspace ycql.made in the meantime.'),
    },
    says: 'Someone has made the keyspace ycql.made in the meantime.',
    undone: [],
  },
  {
    type: 'ContentRefused',
    workflow: 'restoreDatabase',
    input: { backup: `ysql.foreign-${ID}` },
    database: 'ysql.foreign',
    activities: { loadSchema: () => says('ContentRefused', 'Line 7 would run COPY … FROM PROGRAM.') },
    says: 'Line 7 would run COPY … FROM PROGRAM.',
    undone: [{ kind: 'scratch', scratchName: 'kalpa_0123456789ab' }],
  },
  {
    type: 'DataLossNotConfirmed',
    workflow: 'recoverToPointInTime',
    input: { database: 'ysql.rewound', to: '2026-11-22T01:00:00Z' },
    database: 'ysql.rewound',
    activities: { preflightRecovery: () => says('DataLossNotConfirmed', 'What was written since is lost.') },
    says: 'What was written since is lost.',
    undone: [],
  },
  {
    type: 'IncompatibleVersion',
    workflow: 'enablePointInTimeRecovery',
    input: { database: 'ysql.old', every: '1h', keep: '1 day' },
    database: 'ysql.old',
    activities: { preflightSchedule: () => says('IncompatibleVersion', 'This release has no snapshot schedules.') },
    says: 'This release has no snapshot schedules.',
    undone: [],
  },
  {
    type: 'OutsideRecoveryWindow',
    workflow: 'recoverToPointInTime',
    input: { database: 'ysql.late', to: '2020-01-01T00:00:00Z', confirmDataLoss: 'ysql.late' },
    database: 'ysql.late',
    activities: { preflightRecovery: () => says('OutsideRecoveryWindow', 'The window begins an hour ago.') },
    says: 'The window begins an hour ago.',
    undone: [],
  },
  {
    type: 'SchemaChanging',
    workflow: 'backUpDatabase',
    input: { database: 'ysql.ddl', fingerprint: 'none' },
    database: 'ysql.ddl',
    activities: { dumpSchema: async () => ({ artefacts: [], inconsistent: 'the catalog version went from 1 to 2' }) },
    says: 'ysql.ddl could not be backed up: 5 snapshots in a row were given up (last: the catalog version went from 1 to 2).',
    details: Array.from({ length: 5 }, () => ({ reason: 'the catalog version went from 1 to 2' })),
    ...{ deleted: 5, undone: [{ kind: 'intent' }] },
  },
  {
    type: 'SnapshotFailed',
    workflow: 'createSnapshot',
    input: { database: 'ysql.failing' },
    database: 'ysql.failing',
    activities: { waitForSnapshot: () => says('SnapshotFailed', 'snapshot-1 is FAILED.') },
    says: '5 snapshots in a row were given up (last: the snapshot snapshot-1 is FAILED.)',
    ...{ deleted: 5, undone: [] },
  },
  {
    type: 'SnapshotFilesMissing',
    workflow: 'backUpDatabase',
    input: { database: 'ysql.gone', fingerprint: 'none' },
    database: 'ysql.gone',
    activities: {
      planCopies: async () => ({
        ...{
          nodes: [planOf('n1:9100')],
          tablets: 2,
          without: 2,
          named: ['tablet-1', 'tablet-2'].map((tablet) => ({ tablet, reason: 'deleted' })),
        },
        ...{ bases: [], passedOver: [] },
      }),
    },
    says: 'nothing was committed. Check the replicas of the named tablets'.replace('’', "'"),
    details: [{ tablet: 'tablet-1' }, { tablet: 'tablet-2' }],
    undone: [...Array.from({ length: 3 }, () => ({ kind: 'snapshot', snapshotId: 'snapshot-1' })), { kind: 'intent' }],
  },
];

describe('25.8: a run that fails without a retry says so itself, on its page and to its guardian', () => {
  let cluster: FakedCluster;
  const undone: { guardianId: string; undo: Undo }[] = [];
  const deleted: string[] = [];

  beforeAll(async () => {
    cluster = await FakedCluster.open();
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  const use = (activities: Partial<Activities>): void => {
    undone.length = deleted.length = 0;
    cluster.use({
      ...activities,
      undo: async (one) => {
        undone.push(one);
        return await Promise.resolve({});
      },
      deleteSnapshot: async ({ snapshotId }) => {
        deleted.push(snapshotId);
        await Promise.resolve();
      },
    });
  };

  const guardianOf = (database: string): WorkflowHandle =>
    cluster.client.workflow.getHandle(guardianId(cluster.name, database));

  it.each(FAILING.map((one) => [`${one.type} of ${one.workflow}`, one] as const))('%s', async (_, one) => {
    use(one.activities);
    const run = await cluster.start(one.workflow, one.input);
    const failure = await run.result().then(
      () => undefined,
      ({ cause }: { cause?: { type: string; message: string; details?: object[] } }) => cause,
    );
    expect(failure).toMatchObject({ type: one.type, message: expect.stringContaining(one.says) as string });
    if (one.details) expect(failure?.details).toMatchObject(one.details);
    const page = (await cluster.page(run)).replaceAll(/\s+/g, ' ').replaceAll('\\', '');
    expect(page).toContain(one.says.replaceAll(/\s+/g, ' '));
    // The lock is free when the run has ended: its guardian has undone what was noted, and is no more.
    expect((await guardianOf(one.database).describe()).status.name).toBe('COMPLETED');
    expect(undone.map(({ undo }) => undo)).toMatchObject(one.undone);
    expect(deleted).toEqual(Array.from({ length: one.deleted ?? 0 }, () => 'snapshot-1'));
    expect(undone.every(({ guardianId: id }) => id === guardianId(cluster.name, one.database))).toBe(true);
  });
});
