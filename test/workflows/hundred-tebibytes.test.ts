import { sleep } from '@temporalio/activity';
import { temporal } from '@temporalio/proto';
import type { PlanCopiesInput, PlanCopiesResult } from '../../src/activities/control/backup/plan-copies';
import { intoBatches } from '../../src/activities/control/copies/batches';
import type { Batch, ListRef, NodePlan, SegmentRef } from '../../src/activities/internal-types';
import { nodeControlQueue, nodeQueue } from '../../src/contract';
import { FakedCluster } from '../support/workflows/faked-cluster';
import { NODES, planOf, standardActivities, type Activities } from '../support/workflows/standard-activities';

const CLUSTER = 100;
/**
 * A few nodes, each with its share of the plan of all. All hundred need a machine of their own:
 * `KALPA_SIMULATED_NODES=100`.
 */
const COUNT = Number(process.env['KALPA_SIMULATED_NODES'] ?? 4);
const full = COUNT > 10;
const TABLETS_OF_A_NODE = 1_000;
const GIB = 1024 ** 3;
const FILES_OF_A_TABLET = 40;
/** 48 h, scaled: there is no skipping of time here. */
const COPYING_MS = full ? 120_000 : 3_000;
/** Of batches: 1 %, and of few ones more than that. */
const FAILS_EVERY = full ? 100 : 8;

const MOST_EVENTS = 10_000;
const MOST_BYTES = 10 * 1024 * 1024;
const MOST_OF_A_PAYLOAD = 512 * 1024;

const ALL = Array.from({ length: COUNT }, (_, i) => NODES[i] ?? `yb-${i + 1}.internal:9100`);
const uuidOf = (address: string): string => planOf(address).node.uuid;
const [LOST = ''] = ALL;

/** As long as the product's: what is copied is named by its place in the bucket and its hash. */
const ref = (name: string, files: number, bytes: number): ListRef => ({
  key: `clusters/orders-production/work/backup%2Forders-production%2Fysql.orders/${name}-0123456789abcdef.ndjson.gz`,
  sha256: 'f'.repeat(64),
  files,
  bytes,
});

function batchesOf(uuid: string, tablets: number, round: number): Batch[] {
  const items = Array.from({ length: tablets }, () => ({ files: FILES_OF_A_TABLET, bytes: GIB }));
  return intoBatches(items, CLUSTER).map((batch, i) => ({
    n: i + 1,
    work: ref(`copy-${uuid}-${round}-${i + 1}`, batch.length * FILES_OF_A_TABLET, batch.length * GIB),
    tablets: batch.length,
  }));
}

function nodePlan(address: string, tablets: number, round = 1): NodePlan {
  const batches = batchesOf(uuidOf(address), tablets, round);
  return {
    node: { uuid: uuidOf(address), address },
    batches,
    files: tablets * FILES_OF_A_TABLET,
    bytes: tablets * GIB,
  };
}

type Event = temporal.api.history.v1.IHistoryEvent;
const { History } = temporal.api.history.v1;
const sizeOf = (events: readonly Event[]): number => History.encode({ events: [...events] }).finish().length;

describe(`27.6: 100 TiB of 100,000 tablets in 48 h, ${COUNT} of the 100 nodes, 1 % of the batches failing`, () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    // All nodes in one process, beside the server: they answer late.
    const answers = full ? 240_000 : 1_500;
    cluster = await FakedCluster.open(
      {
        ...{ progressInterval: full ? 5_000 : 100, heartbeatTimeout: full ? 120_000 : 5_000 },
        ...{ nodeAnswerTimeout: answers, copyQueueTimeout: answers, preflightDeadline: full ? 240_000 : 30_000 },
        ...(full ? { workflowTaskTimeout: 60_000, stickyQueueTimeout: 60_000 } : {}),
      },
      ALL.slice(NODES.length),
    );
  }, 600_000);
  afterAll(async () => {
    await cluster.close();
  }, 120_000);

  const listed = ALL.map((address) => ({ uuid: uuidOf(address), address, alive: true }));
  const perBatchMs = COPYING_MS / batchesOf('u', TABLETS_OF_A_NODE, 1).length;
  let lost = false;
  /** Batches that were begun, by place and round. */
  let begun: Map<string, number>;

  /**
   * Takes its time. Of the batches that fail, every second one does so at its first attempt only; of the others the
   * replica is gone, which is the answer.
   */
  async function move({ uuid, batch }: { uuid: string; batch: Batch }): Promise<{ gone: boolean }> {
    const key = `${uuid} ${batch.work.key}`;
    const again = begun.has(key);
    const n = begun.get(key) ?? begun.size;
    begun.set(key, n);
    await sleep(perBatchMs); // ends early when its worker does
    const gone = Math.floor(n / FAILS_EVERY) % 2 === 1;
    if (isToFail(n) && !gone && !again) throw new Error(`the store was unavailable for batch ${batch.n}`);
    return { gone: isToFail(n) && gone };
  }

  const isToFail = (n: number): boolean => n % FAILS_EVERY === FAILS_EVERY / 2;

  /** Those that are left, on the nodes that are there. */
  function planAgain({ tried, round }: PlanCopiesInput): NodePlan[] {
    const left = tried.filter((one) => one.round === round - 1).reduce((sum, { tablets }) => sum + tablets, 0);
    const there = ALL.filter((address) => address !== LOST);
    const share = Math.ceil(left / there.length);
    return there.flatMap((address, i) => {
      const tablets = Math.min(share, left - i * share);
      return tablets > 0 ? [nodePlan(address, tablets, round)] : [];
    });
  }

  beforeEach(() => {
    begun = new Map();
    lost = false;
  });

  it('a backup while a node is lost for an hour ends right, and every history and payload fits', async () => {
    const committed: SegmentRef[] = [];
    const standard = standardActivities() as Partial<Activities> as Activities;
    cluster.use({
      listNodes: async () => await Promise.resolve({ nodes: listed }),
      surveyNodes: async () =>
        await Promise.resolve({ nodes: listed.filter(({ address }) => !lost || address !== LOST) }),
      planCopies: async (input): Promise<PlanCopiesResult> => {
        const nodes = input.round === 1 ? ALL.map((one) => nodePlan(one, TABLETS_OF_A_NODE)) : planAgain(input);
        const tablets = nodes.reduce((sum, one) => sum + one.files / FILES_OF_A_TABLET, 0);
        return await Promise.resolve({ nodes, tablets, without: 0, named: [], bases: [], passedOver: [] });
      },
      copyTablets: async (input) => {
        const { gone } = await move(input);
        const { batch, uuid } = input;
        const { files, bytes } = batch.work;
        if (gone) return { missed: { work: batch.work, tablets: batch.tablets, reason: 'a replica was moved away' } };
        return { segment: { ...ref(`segment-${uuid}-${batch.n}`, files, bytes), size: 1_000_000 } };
      },
      commitManifest: async (input) => {
        committed.push(...input.segments);
        return await standard.commitManifest(input);
      },
    });
    const run = await cluster.start('backUpDatabase', { database: 'ysql.orders' });
    await cluster.until('the copies have begun', () => begun.size >= 2 * COUNT, 1_800_000);
    lost = true;
    await Promise.all([nodeQueue, nodeControlQueue].map((queue) => cluster.leave(queue(cluster.name, LOST))));
    await run.result();
    expect(committed.reduce((sum, { files }) => sum + files, 0)).toBe(COUNT * TABLETS_OF_A_NODE * FILES_OF_A_TABLET);
    const failed = [...begun.values()].filter(isToFail).length;
    expect(failed).toBeGreaterThanOrEqual(2);
    await expectToFit('backUpDatabase', run.workflowId);
    await Promise.all([nodeQueue, nodeControlQueue].map((queue) => cluster.comeBack(queue(cluster.name, LOST))));
  }, 3_600_000);

  it('a restore ends right, and every history and payload fits', async () => {
    const placed = new Map<string, number>();
    const plans = ALL.map((address) => nodePlan(address, TABLETS_OF_A_NODE));
    const standard = standardActivities() as Partial<Activities> as Activities;
    cluster.use({
      listNodes: async () => await Promise.resolve({ nodes: listed }),
      surveyNodes: async () => await Promise.resolve({ nodes: listed }),
      planPlacement: async () => await Promise.resolve({ nodes: plans, replicas: 'digest' }),
      placeTablets: async (input) => {
        await move(input);
        placed.set(input.batch.work.key, input.batch.tablets);
      },
      findBackup: async (input) => ({
        ...(await standard.findBackup(input)),
        ...{ tablets: COUNT * TABLETS_OF_A_NODE, bytes: COUNT * TABLETS_OF_A_NODE * GIB },
      }),
    });
    const run = await cluster.start('restoreDatabase', { backup: 'ysql.orders-20261122T020000Z-3fa9c1' });
    await run.result();
    expect([...placed.values()].reduce((sum, tablets) => sum + tablets, 0)).toBe(COUNT * TABLETS_OF_A_NODE);
    await expectToFit('restoreDatabase', run.workflowId);
  }, 3_600_000);

  /** Of the run and of all that it started, each run of each chain. */
  async function expectToFit(what: string, workflowId: string): Promise<void> {
    let [histories, events, bytes, payload] = [0, 0, 0, 0];
    const look = async (id: string, runId?: string): Promise<void> => {
      const history = (await cluster.client.workflow.getHandle(id, runId).fetchHistory()).events ?? [];
      histories += 1;
      events = Math.max(events, history.length);
      bytes = Math.max(bytes, sizeOf(history));
      payload = Math.max(payload, ...history.flatMap(payloadsOf));
      for (const { childWorkflowExecutionStartedEventAttributes: child } of history)
        if (child?.workflowExecution)
          await look(child.workflowExecution.workflowId ?? '', child.workflowExecution.runId ?? '');
      const next = history.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      if (next) await look(id, next);
    };
    await look(workflowId);
    process.stdout.write(
      `${what} of ${COUNT} nodes: ${histories} histories, at most ${events} events, ${Math.round(bytes / 1024)} KiB, and ${Math.round(payload / 1024)} KiB in a payload; ${begun.size} batches begun\n`,
    );
    expect(histories).toBeGreaterThan(COUNT);
    expect(events).toBeLessThan(MOST_EVENTS);
    expect(bytes).toBeLessThan(MOST_BYTES);
    expect(payload).toBeLessThan(MOST_OF_A_PAYLOAD);
  }
});

/** Bytes of each payload of an event, wherever it stands. */
function payloadsOf(value: unknown): number[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { data, metadata } = value as { data?: unknown; metadata?: unknown };
  if (data instanceof Uint8Array && metadata !== undefined) return [data.length];
  return Object.values(value).flatMap(payloadsOf);
}
