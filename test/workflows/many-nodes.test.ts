import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { FakedCluster } from '../support/workflows/faked-cluster';
import { NODES, planOf, standardActivities, type Activities } from '../support/workflows/standard-activities';

const ALL = Array.from({ length: 30 }, (_, i) => NODES[i] ?? `n${i + 1}:9100`);
const BATCHES = 4;
/** What the server keeps of a run at most: 51,200 events, and 2 MiB in one payload. */
const EVENTS_OF_100_NODES = 10_000;
const BYTES_OF_ONE_EVENT = 64 * 1024;

interface Measures {
  /** But for tasks, looks and their timers, which come with the time. */
  steps: number;
  events: number;
  bytes: number;
  largestEvent: number;
  /** Of the longest history of a child. */
  child: number;
}

describe('22.26: a backup and a restore of 30 nodes', () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    // Thirty nodes in one process: they answer late.
    const late = {
      progressInterval: 1_000,
      heartbeatTimeout: 20_000,
      nodeAnswerTimeout: 60_000,
      copyQueueTimeout: 60_000,
    };
    cluster = await FakedCluster.open(late, ALL.slice(NODES.length));
  }, 120_000);
  afterAll(async () => {
    await cluster.close();
  });

  const withNodes = (nodes: readonly string[]): void => {
    const plans = nodes.map((node) => planOf(node, BATCHES));
    const listed = plans.map(({ node }) => ({ ...node, alive: true }));
    cluster.use({
      listNodes: async () => await Promise.resolve({ nodes: listed }),
      surveyNodes: async () => await Promise.resolve({ nodes: listed }),
      planCopies: async () =>
        await Promise.resolve({
          nodes: plans,
          tablets: 2 * BATCHES * nodes.length,
          without: 0,
          named: [],
          bases: [],
          passedOver: [],
        }),
      planPlacement: async () => await Promise.resolve({ nodes: plans, replicas: 'digest' }),
      findBackup: async (input) => ({
        ...(await (standardActivities() as Partial<Activities> as Activities).findBackup(input)),
        bytes: nodes.length * 100_000_000,
      }),
    });
  };

  it.each([
    ['backUpDatabase', (n: number) => ({ database: `ysql.of_${n}` }), 'copy-'],
    ['restoreDatabase', (n: number) => ({ backup: `ysql.of_${n}-20261122T020000Z-3fa9c1` }), 'place-'],
  ] as const)(
    '%s: its history grows by a few events a node, no payload comes near the limit, and 100 nodes fit',
    async (type, input, child) => {
      const measured: Measures[] = [];
      for (const count of [10, 30]) {
        withNodes(ALL.slice(0, count));
        const run = await cluster.start(type, input(count));
        await run.result();
        measured.push(await measure(cluster, run));
        expect((await childrenOf(run)).filter((id) => id.includes(`/${child}`))).toHaveLength(count);
      }
      const [ten, thirty] = measured as [Measures, Measures];
      const at100 = (what: 'steps' | 'events' | 'bytes'): number =>
        thirty[what] + ((thirty[what] - ten[what]) / 20) * 70;
      process.stdout.write(
        `${type} of 10 nodes ${JSON.stringify(ten)}, of 30 ${JSON.stringify(thirty)}; of 100 by the slope ${Math.round(at100('events'))} events, ${Math.round(at100('bytes') / 1024)} KiB\n`,
      );
      // Asked whether it is there, listed, a child: three events each.
      expect((thirty.steps - ten.steps) / 20).toBeLessThanOrEqual(15);
      expect(thirty.events).toBeLessThan(1_500);
      expect(at100('events')).toBeLessThan(EVENTS_OF_100_NODES);
      expect(at100('bytes')).toBeLessThan(10 * 1024 * 1024);
      expect(thirty.largestEvent).toBeLessThan(BYTES_OF_ONE_EVENT);
      // A node's run knows nothing of the other nodes.
      expect(thirty.child).toBeLessThan(200);
      expect(Math.abs(thirty.child - ten.child)).toBeLessThanOrEqual(20);
    },
    300_000,
  );

  async function measure(of: FakedCluster, run: WorkflowHandle): Promise<Measures> {
    const { History } = temporal.api.history.v1;
    const sizeOf = (events: readonly temporal.api.history.v1.IHistoryEvent[]): number =>
      History.encode({ events: [...events] }).finish().length;
    const events = (await run.fetchHistory()).events ?? [];
    const looks = new Set(
      events.flatMap((event) =>
        event.activityTaskScheduledEventAttributes?.activityType?.name === 'readCopies' ? [String(event.eventId)] : [],
      ),
    );
    const steps = events.filter((event) => {
      const type = temporal.api.enums.v1.EventType[event.eventType ?? 0] ?? '';
      const { scheduledEventId } =
        event.activityTaskStartedEventAttributes ?? event.activityTaskCompletedEventAttributes ?? {};
      return (
        !/WORKFLOW_TASK|TIMER/.test(type) && !looks.has(String(event.eventId)) && !looks.has(String(scheduledEventId))
      );
    });
    const children = await Promise.all(
      (await childrenOf(run)).map(async (id) => (await of.client.workflow.getHandle(id).fetchHistory()).events ?? []),
    );
    return {
      steps: steps.length,
      events: events.length,
      bytes: sizeOf(events),
      largestEvent: Math.max(...[events, ...children].flat().map((event) => sizeOf([event]))),
      child: Math.max(...children.map(({ length }) => length)),
    };
  }

  async function childrenOf(run: WorkflowHandle): Promise<string[]> {
    return ((await run.fetchHistory()).events ?? []).flatMap(
      ({ childWorkflowExecutionStartedEventAttributes: child }) => child?.workflowExecution?.workflowId ?? [],
    );
  }
});
