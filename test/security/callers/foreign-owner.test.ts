import { fakeYugabyte } from '../../support/fake-yugabyte';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { checkedActivities } from '../../../src/activities/inputs/checked-activities';
import { controlInputs } from '../../../src/activities/inputs/control';
import { makeDeleteSnapshot } from '../../../src/activities/control/snapshot/delete-snapshot';
import { makeUndo } from '../../../src/activities/control/undo/undo';
import { clusterQueue, guardianId } from '../../../src/contract';
import type { Undo } from '../../../src/contract/internal';
import { FakedCluster, refusal } from '../../support/workflows/faked-cluster';
import type { ServedWorkflows } from '../../support/workflows/start-temporal';
import { ForgedBucket } from '../bucket/forger';

const VICTIM = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const TRIGGER = { name: 'audit', table: { schema: 'public', name: 'orders' }, state: 'A' as const };
/** What preflight of a load of rows is asked. */
const preflightInput = (name: string): object => ({ target: { database: `ysql.${name}`, name } });
const FOREIGN_QUEUE = 'someone/else';

/** What the foreign worker's steps answer: whatever makes the victim look like its own. */
const LIES = {
  listSnapshotIds: async () => await Promise.resolve({ snapshotIds: [] }),
  lookBeforeSnapshot: async () => await Promise.resolve({ snapshotIds: [], catalogVersion: '1' }),
  createSnapshot: async () => await Promise.resolve({ snapshotId: VICTIM, adopted: false, warnings: [] }),
  importSnapshot: async () => await Promise.resolve({ snapshotId: VICTIM }),
  preflightSchedule: async () => await Promise.resolve({ answer: { listedBefore: [] } }),
  createSnapshotSchedule: async () => await Promise.resolve({ scheduleId: VICTIM }),
  readLoadBalancer: async () => await Promise.resolve({ enabled: true }),
  setLoadBalancer: async () => await Promise.resolve(),
  preflightLoad: async () => await Promise.resolve({ answer: { rowsInto: { silent: true, triggers: [TRIGGER] } } }),
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
      get_load_balancer_state: { enabled: false }, // by an operator
    };
    const yugabyte = fakeYugabyte({
      http: { dumpEntities: async () => await Promise.resolve({ keyspaces: [], tables: [] }) },
      sql: {
        dropDatabase: async () => await Promise.resolve({ dropped: false }),
        letTriggersFire: async (name: string) => {
          changes.push(`triggers of ${name}`);
          return await Promise.resolve(1);
        },
      },
      run: async ({ name }: { name: string }, input: object) => {
        const answer = answers[name];
        if (answer === undefined) changes.push(`${name} ${JSON.stringify(input)}`);
        return await Promise.resolve(answer ?? {});
      },
    });
    dependencies = {
      client: cluster.client,
      timing: { ...cluster.timing, rpcTimeout: 50, pollInterval: 20, leftoverDeadline: 500 },
      repository: new ForgedBucket().repository(undefined, cluster.name),
      yugabyte: () => yugabyte,
    } as unknown as ControlDependencies;
    cluster.use({ undo: makeUndo(dependencies) });
  });

  type Asked = { type: string; input: unknown };
  async function byForeigner(
    undo: Undo,
    steps: string[],
    honest: Asked[] = [],
  ): Promise<{ undone: string[]; leftovers: string[] }> {
    const subject = `ysql.shop${(runs += 1)}`;
    return (await cluster.client.workflow.execute('backUpDatabase', {
      taskQueue: FOREIGN_QUEUE,
      workflowId: `${cluster.name}/foreign/${runs}`,
      args: [
        {
          ...{
            queue: clusterQueue(cluster.name),
            guardianId: guardianId(cluster.name, subject),
            subject,
            undo,
            steps,
            honest,
          },
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
    ['the load balancer', { kind: 'loadBalancer' }, ['readLoadBalancer', 'setLoadBalancer']],
    ['triggers', { kind: 'stoppedTriggers', database, triggers: [TRIGGER] }, ['preflightLoad']],
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

  it.each<[string, Undo, Asked[]]>([
    ['a balancer that was off', { kind: 'loadBalancer' }, [{ type: 'readLoadBalancer', input: undefined }]],
    [
      'triggers of another database',
      { kind: 'stoppedTriggers', database: 'ysql.shop', triggers: [TRIGGER] },
      [{ type: 'preflightLoad', input: preflightInput('other') }],
    ],
    [
      'triggers that fire otherwise',
      { kind: 'stoppedTriggers', database: 'ysql.shop', triggers: [{ ...TRIGGER, state: 'R' }] },
      [{ type: 'preflightLoad', input: preflightInput('shop') }],
    ],
  ])('23.4: does not undo %s, though steps of our own workers stand in its history', async (_, undo, honest) => {
    cluster.use({
      undo: makeUndo(dependencies),
      readLoadBalancer: async () => await Promise.resolve({ enabled: false }),
      preflightLoad: async () =>
        await Promise.resolve({
          ...{ scratchName: 'kalpa_0123456789ab', warnings: [] },
          rowsInto: { silent: true, triggers: [TRIGGER] },
        }),
    });
    const { undone, leftovers } = await byForeigner(undo, [], honest);
    expect([changes, undone]).toEqual([[], []]);
    expect(leftovers).toEqual([
      expect.stringMatching(/It is not proved that .* nothing was touched: no step of that run/),
    ]);
  });

  it.each<['its' | 'another' | 'by hand' | 'elsewhere' | 'none', string, RegExp]>([
    ['its', 'in the name of the run that holds a lock', /is not the run of .* that holds .*, so nothing was changed/],
    ['another', 'with a lock that another run holds', /is no longer held by .*: /],
    ['by hand', 'with a guardian that was started by hand', /is no longer held by/],
    ['elsewhere', 'with a workflow of its own that is called like a guardian', /is no longer held by/],
    ['none', 'with no lock', /refused its input/],
  ])('23.4: has no step of ours change anything, %s: %s', async (whose, _, message) => {
    const subject = `ysql.held${(runs += 1)}`;
    const id = guardianId(cluster.name, subject);
    cluster.use({
      deleteSnapshot: checkedActivities(
        { deleteSnapshot: makeDeleteSnapshot(dependencies) },
        { deleteSnapshot: controlInputs.deleteSnapshot },
      ).deleteSnapshot,
      createSnapshot: async () => await Context.current().cancelled,
    });
    const holder = await cluster.start('createSnapshot', { database: subject });
    await cluster.until('the lock is held', async () => {
      const found = await cluster.client.workflow
        .getHandle(id)
        .describe()
        .catch(() => undefined);
      return found !== undefined;
    });
    const { workflowId, firstExecutionRunId } = holder;
    const given = {
      ...{
        its: { guarded: { chain: { workflowId, firstExecutionRunId }, guardianIds: [id] } },
        none: { guarded: { chain: { workflowId, firstExecutionRunId }, guardianIds: [] } },
      }[whose as 'its'],
      snapshotId: VICTIM,
    };
    const own = whose === 'by hand' || whose === 'elsewhere' ? `${id}-own` : id;
    const foreign = await cluster.client.workflow.start('inspectCluster', {
      ...{ taskQueue: FOREIGN_QUEUE, workflowId: `${cluster.name}/foreign/${runs}` },
      args: [
        {
          ...{ queue: clusterQueue(cluster.name), type: 'deleteSnapshot', guardianId: own, input: given },
          child: whose === 'elsewhere',
        },
      ],
    });
    if (whose === 'by hand') await cluster.lock(`${subject}-own`, { holder: foreign, operation: 'createSnapshot' });
    await foreign.signal('go');
    const failure: unknown = await foreign.result().catch((error: unknown) => error);
    expect(failure).toMatchObject({ cause: { cause: { message: expect.stringMatching(message) as string } } });
    expect(changes).toEqual([]);
    await holder.terminate('a test');
    await cluster.client.workflow
      .getHandle(own)
      .terminate('a test')
      .catch(() => undefined);
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

  it('23.4: of a run of Kalpa gives back the load balancer that this run has switched off', async () => {
    cluster.use({
      undo: makeUndo(dependencies),
      readLoadBalancer: async () => await Promise.resolve({ enabled: true }),
      placeTablets: async () => await Promise.reject(refusal('RestoreFailed', 'it failed')),
    });
    const run = await cluster.start('restoreDatabase', { backup: 'ysql.own3-20261122T020000Z-3fa9c1' });
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'RestoreFailed' } });
    expect(changes).toContain('set_load_balancer_enabled {"enabled":true}');
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
