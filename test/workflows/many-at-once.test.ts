import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { CACHED_WORKFLOWS } from '../../src/worker/control-queues';
import { FakedCluster } from '../support/workflows/faked-cluster';
import { standardActivities } from '../support/workflows/standard-activities';

/** `npm run test:full` has the sizes of a real night. */
const full = process.env['KALPA_TEST_FULL'] === '1';
const QUEUED = full ? 300 : 8;
const DATABASES = full ? 200 : 3;
const MINUTES = 60_000;

let cluster: FakedCluster;
beforeAll(async () => {
  cluster = await FakedCluster.open({
    ...{ heartbeatTimeout: 10_000, ownerPollInterval: 1_000, lockPollInterval: 500 },
    // Hundreds of backups wait for the two nodes: longer than the short time-outs of the other tests, after which a
    // node counts as unavailable.
    ...{ nodeAnswerTimeout: 60_000, copyQueueTimeout: 600_000 },
    // One command lasts until all others are queued.
    ...{ commandTimeout: 30 * MINUTES, commandDeadline: 60 * MINUTES },
  });
}, 30_000);
afterAll(async () => {
  await cluster.close();
});

/** Looks at the process in which the worker runs, until it is told to say what it saw. */
function measured(): (what: string, runs: readonly WorkflowHandle[]) => Promise<Measures> {
  const megabytes = (): number => Math.round(process.memoryUsage.rss() / 1e6);
  const [began, before] = [Date.now(), megabytes()];
  let [peak, cached] = [before, 0];
  const look = setInterval(() => {
    peak = Math.max(peak, megabytes());
    cached = Math.max(cached, cluster.cachedWorkflows());
  }, 200);
  return async (what, runs) => {
    const seconds = (Date.now() - began) / 1000;
    clearInterval(look);
    const events: number[] = [];
    const latenciesMs: number[] = [];
    for (const run of runs) {
      const history = (await run.fetchHistory()).events ?? [];
      events.push(history.length);
      latenciesMs.push(...workflowTaskLatencies(history));
    }
    const [most, p50, p99] = [Math.max(...events), at(latenciesMs, 0.5), at(latenciesMs, 0.99)];
    process.stdout.write(
      `${what}: ${seconds.toFixed(1)} s, ${(seconds / runs.length).toFixed(2)} s a run; at most ${most} events a run; workflow tasks started after ${p50} ms (half), ${p99} ms (99 of 100); at most ${cached} runs cached; process with the worker and the test ${before} MB before, ${peak} MB at its peak\n`,
    );
    return { events: most, p50, cached };
  };
}

interface Measures {
  /** Of the longest history. */
  events: number;
  /** Milliseconds for which half of the workflow tasks waited for the worker. */
  p50: number;
  cached: number;
}

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** How long each workflow task waited for the worker. */
function workflowTaskLatencies(history: readonly HistoryEvent[]): number[] {
  const atMs = ({ eventTime }: HistoryEvent): number =>
    Number(eventTime?.seconds ?? 0) * 1000 + Number(eventTime?.nanos ?? 0) / 1e6;
  return history.flatMap((event) => {
    const scheduled = event.workflowTaskStartedEventAttributes?.scheduledEventId;
    const asked = history.find(({ eventId }) => scheduled !== undefined && String(eventId) === String(scheduled));
    return asked ? [Math.round(atMs(event) - atMs(asked))] : [];
  });
}

const at = (numbers: readonly number[], part: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(part * (numbers.length - 1))] ?? 0;

/** Counts who is inside of a step at once. */
function counted(): { enter: () => void; leave: () => void; most: () => number } {
  let now = 0;
  let most = 0;
  return {
    enter: () => {
      now += 1;
      most = Math.max(most, now);
    },
    leave: () => {
      now -= 1;
    },
    most: () => most,
  };
}

describe('many at once on one control worker', () => {
  it(
    `22.15: ${QUEUED} queued runs of one database all end, one after the other`,
    async () => {
      const order: string[] = [];
      const inside = counted();
      const standard = standardActivities();
      cluster.use({
        preflightSnapshot: async () => {
          inside.enter();
          order.push(Context.current().info.workflowExecution?.workflowId ?? '');
          return await standard.preflightSnapshot();
        },
        // The last step under the lock.
        recordSnapshot: async () => {
          inside.leave();
          await standard.recordSnapshot();
        },
      });
      const report = measured();
      const runs: WorkflowHandle[] = [];
      for (let n = 0; n < QUEUED; n += 1)
        runs.push(await cluster.start('createSnapshot', { database: 'ysql.orders', whenBusy: 'wait' }));
      await Promise.all(runs.map(async (run) => await run.result()));
      const { events, cached } = await report(`${QUEUED} queued runs`, runs);
      expect(inside.most()).toBe(1);
      expect(new Set(order).size).toBe(QUEUED);
      // How long a run was queued does not show in its history, but for tasks whose run had left the cache: 130 events
      // of 8 runs, 164 of 300.
      expect(events).toBeLessThan(200);
      expect(cached).toBeLessThanOrEqual(CACHED_WORKFLOWS);
    },
    (full ? 60 : 5) * MINUTES,
  );

  it(
    `22.15, 27.7: ${DATABASES} databases at the same minute: what is queued holds no slot that work needs, and all end`,
    async () => {
      const snapshots = counted();
      const standard = standardActivities();
      let open = (): void => undefined;
      const queued = new Promise<void>((resolve) => (open = resolve));
      cluster.use({
        createSnapshot: async () => {
          snapshots.enter();
          await queued;
          return await standard.createSnapshot();
        },
        exportSnapshot: async () => {
          snapshots.leave();
          return await standard.exportSnapshot();
        },
      });
      const report = measured();
      const runs = await Promise.all(
        Array.from(
          { length: DATABASES },
          async (_, i) => await cluster.start('backUpDatabase', { database: `ysql.d${i}` }),
        ),
      );
      // Each has a guardian that watches it, and so does the cluster's lock, for which all but one wait. That one takes
      // its snapshot.
      await cluster.until(
        'all but one are queued, and take the slots of waits only',
        () => {
          const { commands, steps, streams, waits } = cluster.slotsTaken();
          return waits === 2 * DATABASES && commands === 1 && steps + streams === 0;
        },
        30 * MINUTES,
      );
      // Whatever else is asked gets its slots at once.
      const inspection = await cluster.start('inspectCluster', {});
      await inspection.result();
      expect(cluster.slotsTaken().waits).toBe(2 * DATABASES);
      open();
      await Promise.all(runs.map(async (run) => await run.result()));
      const { events, cached } = await report(`${DATABASES} databases`, runs);
      expect(snapshots.most()).toBe(1);
      expect(events).toBeLessThan(500);
      expect(cached).toBeLessThanOrEqual(CACHED_WORKFLOWS);
    },
    (full ? 90 : 5) * MINUTES,
  );
});
