import { join } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { makeUndo } from '../../../src/activities/control/undo/undo';
import { clusterQueue, guardianId, type Undo } from '../../../src/contract';
import { FakedCluster, refusal } from '../../support/workflows/faked-cluster';
import type { ServedWorkflows } from '../../support/workflows/start-temporal';
import { ForgedBucket } from '../forger';

const VICTIM = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const FOREIGN_QUEUE = 'somebody/else';

/** What the foreign worker's steps answer: whatever makes the victim look like its own. */
const LIES = {
  listSnapshotIds: async () => await Promise.resolve({ snapshotIds: [] }),
  lookBeforeSnapshot: async () => await Promise.resolve({ snapshotIds: [], catalogVersion: '1' }),
  createSnapshot: async () => await Promise.resolve({ snapshotId: VICTIM, adopted: false, warnings: [] }),
  importSnapshot: async () => await Promise.resolve({ snapshotId: VICTIM }),
  preflightSchedule: async () => await Promise.resolve({ answer: { listedBefore: [] } }),
  createSnapshotSchedule: async () => await Promise.resolve({ scheduleId: VICTIM }),
};

describe('23.4: a guardian of a workflow that is not of Kalpa', () => {
  let cluster: FakedCluster;
  let dependencies: ControlDependencies;
  let foreign: Worker;
  let ended: Promise<void>;
  let native: NativeConnection;
  /** Commands that change the cluster. */
  let changes: string[];
  let runs = 0;

  beforeAll(async () => {
    cluster = await FakedCluster.open();
    const { address } = JSON.parse(process.env['KALPA_TEST_WORKFLOWS'] ?? '{}') as ServedWorkflows;
    native = await NativeConnection.connect({ address });
    foreign = await Worker.create({
      connection: native,
      taskQueue: FOREIGN_QUEUE,
      workflowsPath: join(__dirname, 'foreign-workflow.ts'),
      activities: LIES,
    });
    ended = foreign.run();
  }, 90_000);
  afterAll(async () => {
    foreign.shutdown();
    await ended;
    await native.close();
    await cluster.close();
  });

  beforeEach(() => {
    changes = [];
    const answers: Record<string, unknown> = {
      list_snapshots: [{ id: VICTIM, state: 'COMPLETE' }],
      list_snapshot_schedules: [{ id: VICTIM, filter: 'ysql.shop' }],
      list_snapshot_restorations: [],
    };
    const yugabyte = {
      http: { dumpEntities: async () => await Promise.resolve({ keyspaces: [], tables: [] }) },
      sql: { dropDatabase: async () => await Promise.resolve({ dropped: false }) },
      run: async ({ name }: { name: string }, input: object) => {
        const answer = answers[name];
        if (answer === undefined) changes.push(`${name} ${JSON.stringify(input)}`);
        return await Promise.resolve(answer ?? {});
      },
    };
    dependencies = {
      client: cluster.client,
      timing: { ...cluster.timing, rpcTimeout: 50, pollInterval: 20, leftoverDeadline: 500 },
      repository: new ForgedBucket().repository(undefined, cluster.name),
      yugabyte: () => yugabyte,
    } as unknown as ControlDependencies;
    cluster.use({ undo: makeUndo(dependencies) });
  });

  async function byForeigner(undo: Undo, steps: string[]): Promise<{ undone: string[]; leftovers: string[] }> {
    const subject = `ysql.shop${(runs += 1)}`;
    return (await cluster.client.workflow.execute('backUpDatabase', {
      taskQueue: FOREIGN_QUEUE,
      workflowId: `${cluster.name}/foreign/${runs}`,
      args: [
        {
          ...{ queue: clusterQueue(cluster.name), guardianId: guardianId(cluster.name, subject), subject, undo, steps },
          settings: { cluster: cluster.name, timing: cluster.timing, searchAttributes: [] },
        },
      ],
    })) as { undone: string[]; leftovers: string[] };
  }

  const database = 'ysql.shop';
  const keyspace = { kind: 'keyspace' as const, database: 'ycql.shop', tables: [], existed: true, listedBefore: [] };
  it.each<[string, Undo, string[]]>([
    [
      'a snapshot by its id',
      { kind: 'snapshot', database, snapshotId: VICTIM, listedBefore: [] },
      ['lookBeforeSnapshot', 'createSnapshot'],
    ],
    ['the only new snapshot', { kind: 'snapshot', database, listedBefore: [] }, ['lookBeforeSnapshot']],
    ['an imported snapshot', { kind: 'importedSnapshot', snapshotId: VICTIM }, ['listSnapshotIds', 'importSnapshot']],
    [
      'the imported snapshot of a keyspace',
      { ...keyspace, importedSnapshotId: VICTIM },
      ['listSnapshotIds', 'importSnapshot'],
    ],
    ['the only new snapshot of a keyspace', keyspace, ['listSnapshotIds']],
    [
      'a schedule by its id',
      { kind: 'schedule', database, scheduleId: VICTIM, listedBefore: [] },
      ['preflightSchedule', 'createSnapshotSchedule'],
    ],
    ['the only new schedule', { kind: 'schedule', database, listedBefore: [] }, ['preflightSchedule']],
  ])('23.4: does not undo %s: nothing is deleted, and a leftover says why', async (_, undo, steps) => {
    for (const pretended of [[], steps]) {
      const { undone, leftovers } = await byForeigner(undo, pretended);
      expect(changes).toEqual([]);
      expect(undone).toEqual([]);
      expect(leftovers).toEqual([
        expect.stringMatching(/It is not proved that .* nothing was touched: no step of that run/),
      ]);
    }
  });

  it('23.4: of a run of Kalpa deletes the snapshot that this run has made', async () => {
    cluster.use({
      undo: makeUndo(dependencies),
      createSnapshot: async () => await Promise.resolve({ snapshotId: VICTIM, adopted: false, warnings: [] }),
      waitForSnapshot: async () => await Promise.reject(refusal('ToolFailed', 'it failed')),
    });
    const run = await cluster.start('createSnapshot', { database: 'ysql.own' });
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'ToolFailed' } });
    expect(changes).toEqual([`delete_snapshot ${JSON.stringify({ snapshotId: VICTIM })}`]);
  });

  it('23.4: of a run of Kalpa leaves a snapshot that was there before it, whatever a lost reply is taken for', async () => {
    cluster.use({
      undo: makeUndo(dependencies),
      lookBeforeSnapshot: async () => await Promise.resolve({ snapshotIds: [VICTIM], catalogVersion: '1' }),
      createSnapshot: async () => await Promise.resolve({ snapshotId: VICTIM, adopted: true, warnings: [] }),
      waitForSnapshot: async () => await Promise.reject(refusal('ToolFailed', 'it failed')),
    });
    const run = await cluster.start('createSnapshot', { database: 'ysql.own2' });
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'ToolFailed' } });
    expect(changes).toEqual([]);
  });
});
