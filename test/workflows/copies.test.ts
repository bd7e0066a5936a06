import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { CopyTabletsInput } from '../../src/activities/node/copy-tablets';
import { showProgress } from '../../src/activities/heartbeat-interceptor';
import { withNodeTotals } from '../../src/activities/node/copy-heartbeat';
import { guardianId } from '../../src/contract';
import { readCopyHeartbeat } from '../../src/contract/internal';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { NODES, planOf, standardActivities } from '../support/workflows/standard-activities';

const MB = 1_000_000;
let runs = 0;
/** Another one for each run: none waits for another test's lock. */
const backup = () => ({ database: `ysql.orders_${(runs += 1)}` });

describe('a parent and the copies on its nodes', () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    cluster = await FakedCluster.open({ progressInterval: 100, heartbeatTimeout: 1_200 });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  it('22.26: its history has no signal of a child and does not grow with the batches', async () => {
    const eventsWith = async (batches: number): Promise<string[]> => {
      cluster.use({
        planCopies: async () => ({
          nodes: NODES.map((node) => planOf(node, batches)),
          tablets: 2,
          without: 0,
          named: [],
          bases: [],
          passedOver: [],
        }),
      });
      const run = await cluster.start('backUpDatabase', backup());
      await run.result();
      const types = await eventsOf(run);
      const signals = types.filter((type) => type.startsWith('WORKFLOW_EXECUTION_SIGNALED'));
      expect(signals.filter((type) => !type.endsWith(' stepBegan'))).toEqual([]); // its own activities send that one
      // Looks at the copies and their timers come with the time, see history-budget.test.ts.
      return types.filter((type) => !/WORKFLOW_TASK|TIMER|readCopies/.test(type)).sort();
    };
    expect(await eventsWith(15)).toEqual(await eventsWith(1));
  }, 120_000);

  it('22.26: its page shows what the heartbeats say while one long batch runs, without an event of the child', async () => {
    const end = openGate();
    cluster.use({
      copyTablets: async (input) => {
        showProgress(withNodeTotals(countersOf(input, 30 * MB), input.before));
        await end.opened;
        return await standardActivities().copyTablets(input);
      },
    });
    const run = await cluster.start('backUpDatabase', backup());
    await cluster.until(
      'the page shows the bytes of both nodes',
      async () => {
        const { nodes } = await cluster.progress(run);
        return nodes.length === NODES.length && nodes.every(({ bytesDone }) => bytesDone === 30 * MB);
      },
      30_000,
    );
    expect(await cluster.page(run)).toContain('60.0 MB of 200 MB (30%)');
    end.open();
    await run.result();
    expect((await cluster.progress(run)).nodes.map(({ bytesDone }) => bytesDone)).toEqual([100 * MB, 100 * MB]);
  }, 60_000);

  it('22.25: right after a cancel it shows the bytes so far, what was cleaned up, and each phase as it is', async () => {
    // The first regular look comes long after the cancel.
    cluster.use({
      readSettings: async () => ({
        cluster: cluster.name,
        timing: { ...cluster.timing, progressInterval: 60_000 },
        searchAttributes: [],
      }),
      copyTablets: async (input) => {
        showProgress(withNodeTotals(countersOf(input, 40 * MB), input.before));
        await Context.current().cancelled.catch(() => undefined);
        await pause(500); // a real copy closes its files and sockets first
        throw new CancelledFailure('CANCELLED');
      },
      undo: async ({ undo }) =>
        undo.kind === 'snapshot' ? { undone: 'deleted snapshot snapshot-1' } : { undone: 'recorded it as cancelled' },
    });
    const { database } = backup();
    const run = await cluster.start('backUpDatabase', { database });
    await cluster.until('both nodes beat', async () => (await beatsOf(run)) === NODES.length, 30_000);
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
    const { message, phases, etaSeconds } = await cluster.progress(run);
    expect(message).toBe(
      'Cancelled. Cleaned up: deleted snapshot snapshot-1; recorded it as cancelled. If you still need it, start it again.',
    );
    expect(phases.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'preflight complete',
      'snapshot complete',
      'schema complete',
      'files failed',
      'manifest skipped',
      'cleanup complete',
    ]);
    expect(etaSeconds).toBeUndefined();
    expect(await cluster.page(run)).toContain('80.0 MB of 200 MB (40%)');
    // Its lock and its node's runs are over, too, and say so.
    const lock = cluster.client.workflow.getHandle(guardianId(cluster.name, database));
    expect(await cluster.page(lock)).toMatch(
      /The lock is free\. Cleaned up: deleted snapshot snapshot-1; recorded it as cancelled\.$/,
    );
    expect((await cluster.progress(lock)).phases.map(({ state }) => state)).toEqual(['complete', 'complete']);
    const copy = (await childrenOf(run)).find((id) => id.includes('/copy-'));
    const ended = await cluster.progress(cluster.client.workflow.getHandle(copy!));
    expect(ended.phases).toMatchObject([{ name: 'files', state: 'failed' }]);
    expect(ended.message).toMatch(/^Cancelled/);
  }, 60_000);

  it('22.25: the note of a step is gone when the step is over', async () => {
    const [listing, copying, asked] = [openGate(), openGate(), openGate()];
    cluster.use({
      listReplicas: async () => {
        await listing.opened;
        return await standardActivities().listReplicas();
      },
      copyTablets: async (input) => {
        copying.open();
        await asked.opened;
        return await standardActivities().copyTablets(input);
      },
    });
    const run = await cluster.start('backUpDatabase', backup());
    const noted = async () => (await cluster.progress(run)).message;
    await cluster.until('the note', async () => (await noted()) === 'Looking for the snapshot on every node.', 30_000);
    listing.open();
    await copying.opened;
    expect(await noted()).toBe('');
    asked.open();
    await run.result();
  }, 60_000);

  it('22.26: changed limits reach the copies of every node within 5 s, the newest ones last, as one step a change', async () => {
    const end = openGate();
    const told = new Map<string, number | undefined>();
    let copying = 0;
    cluster.use({
      copyTablets: async (input) => {
        copying += 1;
        await end.opened;
        return await standardActivities().copyTablets(input);
      },
      setRunLimits: async ({ uuid, limits }) => {
        told.set(uuid, limits.bytesPerSecond);
      },
    });
    const run = await cluster.start('backUpDatabase', backup());
    await cluster.until('both nodes copy', () => copying === NODES.length, 30_000);
    for (const bytesPerSecond of [1000, 2000, 3000])
      await run.executeUpdate('setLimits', { args: [{ bytesPerSecond }] });
    // The contract's time, from the answer of the last update.
    await cluster.until(
      'the limits arrive',
      () => told.size === NODES.length && [...told.values()].every((rate) => rate === 3000),
      5_000,
    );
    end.open();
    await run.result();
    const types = await eventsOf(run);
    expect(types.filter((type) => type === 'ACTIVITY_TASK_SCHEDULED passLimits').length).toBeLessThanOrEqual(3);
    expect(types.filter((type) => /^SIGNAL_EXTERNAL.*limits/.test(type))).toEqual([]);
  }, 60_000);

  it("22.26: a node's run continues as a new one in the middle of a batch, with what it has and the newest limits", async () => {
    const copies: CopyTabletsInput[] = [];
    cluster.use({
      copyTablets: async (input) => {
        copies.push(input);
        if (copies.length === 2) await Context.current().cancelled; // of a run that has been continued
        return await standardActivities().copyTablets(input);
      },
    });
    const plan = planOf(NODES[0], 3);
    const run = await cluster.start('copyFromNode', {
      settings: { cluster: cluster.name, timing: cluster.timing, searchAttributes: [] },
      plan,
      backup: {
        backupId: 'b',
        database: 'ysql.orders',
        chain: { workflowId: 'parent', firstExecutionRunId: 'abc123' },
        startedAt: '2026-11-22T02:00:07.000Z',
      },
      snapshotId: 'snapshot-1',
      limits: { version: 1 },
      segments: [],
      missed: [],
      eventsAtMost: 60,
    });
    await cluster.until('the second batch runs', () => copies.length === 2, 30_000);
    for (let version = 2; copies.length === 2 && version < 200; version += 1) {
      const signalled = cluster.client.workflow
        .getHandle(run.workflowId)
        .signal('limits', { version, bytesPerSecond: version });
      await signalled.catch(() => undefined); // it has just ended

      await pause(20);
    }
    const result = (await cluster.client.workflow.getHandle(run.workflowId).result()) as {
      segments: unknown[];
      missed: unknown[];
    };
    expect(result.missed).toEqual([]);
    expect(result.segments).toHaveLength(3);
    expect(copies.map(({ batch }) => batch.n)).toEqual([1, 2, 2, 3]);
    const { message } = await cluster.progress(cluster.client.workflow.getHandle(run.workflowId));
    expect(message).toBe(`Complete: everything planned on ${NODES[0]} is done.`);
    expect(copies[2]?.limits.version).toBeGreaterThan(1);
    expect(copies[2]?.before).toEqual(copies[1]?.before);
    const first = await cluster.client.workflow.getHandle(run.workflowId, run.firstExecutionRunId).fetchHistory();
    expect(first.events?.length).toBeLessThan(120);
    expect(
      (await cluster.client.workflow.getHandle(run.workflowId, run.firstExecutionRunId).describe()).status.name,
    ).toBe('CONTINUED_AS_NEW');
  }, 60_000);

  it('27.5: a copy whose node does not answer either is planned on other nodes, by a reference to its list', async () => {
    const tried: unknown[] = [];
    cluster.use({
      planCopies: async (input) => {
        tried.push(...input.tried);
        const nodes = input.tried.length === 0 ? [planOf(NODES[0], 1)] : [planOf(NODES[1], 1)];
        return await Promise.resolve({ nodes, tablets: 2, without: 0, named: [], bases: [], passedOver: [] });
      },
      copyTablets: async (input) => {
        if (input.uuid === planOf(NODES[0], 1).node.uuid)
          throw refusal('NodeUnavailable', 'the tserver of this node is gone');
        return await standardActivities().copyTablets(input);
      },
    });
    const run = await cluster.start('backUpDatabase', backup());
    const { warnings = [] } = (await run.result()) as { warnings?: string[] };
    const [{ work, tablets } = { work: undefined, tablets: 0 }] = planOf(NODES[0], 1).batches;
    expect(tried).toEqual([
      {
        work,
        tablets,
        uuid: planOf(NODES[0], 1).node.uuid,
        round: 1,
        reason: expect.stringMatching(/is unavailable: the tserver/) as string,
      },
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(
        new RegExp(`^${tablets} tablet replicas could not be copied; other replicas were copied`),
      ) as string,
    ]);
  });

  it.each<[what: string, times: number, snapshots: number, warned: RegExp[]]>([
    ['once, and heard the second time', 1, 1, []],
    [
      'three times: the snapshot is taken again',
      3,
      2,
      [/^Snapshot 1 was taken again: 2 of 2 tablets .*: t1 \(no answer\)/],
    ],
  ])(
    '22.15: nodes that can’t list what they hold: %s',
    async (_what, times, snapshots, warned) => {
      let [asked, taken] = [0, 0];
      cluster.use({
        createSnapshot: async () => {
          taken += 1;
          return await standardActivities().createSnapshot();
        },
        listReplicas: async () => {
          if (asked < times * NODES.length) {
            asked += 1;
            throw ApplicationFailure.nonRetryable('no answer within 10 s', 'ToolFailed');
          }
          return await standardActivities().listReplicas();
        },
        planCopies: async (input) =>
          await Promise.resolve({
            nodes: NODES.map((node) => planOf(node, 1)),
            ...{ tablets: 2, bases: [], passedOver: [] },
            ...(input.listings.length === 0
              ? { without: 2, named: [{ tablet: 't1', reason: 'no answer' }] }
              : { without: 0, named: [] }),
          }),
      });
      const run = await cluster.start('backUpDatabase', backup());
      const { warnings = [] } = (await run.result()) as { warnings?: string[] };
      expect(taken).toBe(snapshots);
      const retakes = warnings.filter((warning) => !warning.includes('could not list its replicas'));
      expect(retakes).toEqual(warned.map((pattern) => expect.stringMatching(pattern) as string));
    },
    60_000,
  );

  async function childrenOf(run: WorkflowHandle): Promise<string[]> {
    return ((await run.fetchHistory()).events ?? []).flatMap(
      ({ childWorkflowExecutionStartedEventAttributes: child }) => child?.workflowExecution?.workflowId ?? [],
    );
  }

  /** How many heartbeats of its nodes' copies the server knows. */
  async function beatsOf(run: WorkflowHandle): Promise<number> {
    const { raw } = await run.describe();
    const nodes = (raw.pendingChildren ?? []).flatMap(({ workflowId }) =>
      workflowId?.includes('/copy-') ? [workflowId] : [],
    );
    const beats = await Promise.all(
      nodes.map(async (id) => {
        // A child that was just initiated is not there yet.
        const described = await cluster.client.workflow
          .getHandle(id)
          .describe()
          .catch(() => undefined);
        return described?.raw.pendingActivities ?? [];
      }),
    );
    return beats
      .flat()
      .filter(({ heartbeatDetails }) => readCopyHeartbeat(heartbeatDetails?.payloads?.[0]?.data)?.ofNode).length;
  }

  /** Types of a run's events; those of activities and of signals with their names. */
  async function eventsOf(run: WorkflowHandle): Promise<string[]> {
    const activities = new Map<string, string>();
    return ((await run.fetchHistory()).events ?? []).map((event) => {
      const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
      if (activity) activities.set(String(event.eventId), activity);
      const { scheduledEventId } =
        event.activityTaskStartedEventAttributes ??
        event.activityTaskCompletedEventAttributes ??
        event.activityTaskCancelRequestedEventAttributes ??
        event.activityTaskCanceledEventAttributes ??
        event.activityTaskFailedEventAttributes ??
        {};
      const { signalName: signal } =
        event.signalExternalWorkflowExecutionInitiatedEventAttributes ??
        event.workflowExecutionSignaledEventAttributes ??
        {};
      const type = temporal.api.enums.v1.EventType[event.eventType ?? 0]?.replace('EVENT_TYPE_', '');
      return `${type} ${activity ?? activities.get(String(scheduledEventId)) ?? signal ?? ''}`.trim();
    });
  }
});

const countersOf = ({ batch }: CopyTabletsInput, bytesDone: number) => ({
  filesDone: 3,
  filesTotal: batch.work.files,
  bytesDone,
  bytesTotal: batch.work.bytes,
});

function openGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}
