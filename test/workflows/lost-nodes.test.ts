import type { WorkflowHandle } from '@temporalio/client';
import type { PlanCopiesInput, PlanCopiesResult } from '../../src/activities/control/backup/plan-copies';
import { nodeControlQueue } from '../../src/contract';
import { FakedCluster } from '../support/workflows/faked-cluster';
import { NODES, planOf, standardActivities, type Activities } from '../support/workflows/standard-activities';

const standard = standardActivities() as Partial<Activities> as Activities;
const [THERE, LOST] = NODES;
const LOST_UUID = planOf(LOST).node.uuid;
const ROUNDS = 6;
let runs = 0;

const plan = (nodes: PlanCopiesResult['nodes'], without = 0): PlanCopiesResult => ({
  ...{ nodes, tablets: 2, without, bases: [], passedOver: [] },
  named: without === 0 ? [] : [{ tablet: 't1', reason: 'no replica' }],
});
const hasLost = ({ listings }: PlanCopiesInput): boolean => listings.some(({ node }) => node.uuid === LOST_UUID);

describe('27.5: a node that is lost while a backup goes on in rounds', () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    cluster = await FakedCluster.open({ nodeAnswerTimeout: 4_000 });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  const lose = async () => await cluster.leave(nodeControlQueue(cluster.name, LOST));
  const comeBack = async () => await cluster.comeBack(nodeControlQueue(cluster.name, LOST));
  const start = async () => await cluster.start('backUpDatabase', { database: `ysql.orders_${(runs += 1)}` });

  /** Plans the batches of one node in each round, as long as some are missed, and says with which listings. */
  function inRounds(rounds: number, more: Partial<Activities> = {}): PlanCopiesInput[] {
    const plans: PlanCopiesInput[] = [];
    cluster.use({
      planCopies: async (input) => {
        plans.push(input);
        return await Promise.resolve(plan([planOf(THERE)]));
      },
      copyTablets: async (input) =>
        plans.length < rounds
          ? { missed: { work: input.batch.work, tablets: 2, reason: 'a replica was moved away' } }
          : await standard.copyTablets(input),
      ...more,
    });
    return plans;
  }

  it('is waited for once, and asked in passing from then on: no round waits for it', async () => {
    await lose();
    const plans = inRounds(ROUNDS);
    const run = await start();
    await run.result();
    expect(plans.map(({ round }) => round)).toEqual([1, 2, 3, 4, 5, 6]);
    const { asked, openAtPlans } = await questionsOf(run);
    // By preflight, by the first round, and then one question after the other, whatever the number of rounds.
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThanOrEqual(1 + ROUNDS);
    // The first round waited for its answer; later ones were planned although it had not answered yet.
    expect(openAtPlans[0]).toBe(0);
    expect(openAtPlans.slice(1)).toContain(1);
    expect(Math.max(...openAtPlans)).toBe(1);
    await comeBack();
  }, 120_000);

  it('is used again from the round after it has come back', async () => {
    await lose();
    let answered = false;
    const plans: PlanCopiesInput[] = inRounds(ROUNDS, {
      describeNode: async (input) => {
        answered ||= plans.length > 0 && input.uuid === LOST_UUID;
        return await standard.describeNode(input);
      },
      copyTablets: async (input) => {
        if (plans.length === 2) {
          await comeBack();
          await cluster.until('it was asked in passing', () => answered, 60_000);
        }
        return plans.length < ROUNDS
          ? { missed: { work: input.batch.work, tablets: 2, reason: 'a replica was moved away' } }
          : await standard.copyTablets(input);
      },
    });
    const run = await start();
    await run.result();
    expect(plans.slice(0, 2).map(hasLost)).toEqual([false, false]);
    // Its answer may arrive while the next round is planned already.
    expect(plans.slice(3).map(hasLost)).toEqual([true, true, true]);
  }, 120_000);

  it.each([
    ['is waited for by a round that lacks a replica without it, and used in the same round', false],
    ['is used in that round, too, if it has answered before the plan is there', true],
  ])(
    '%s',
    async (_, answersFirst) => {
      await lose();
      const plans: PlanCopiesInput[] = [];
      let answered = false;
      cluster.use({
        describeNode: async (input) => {
          answered ||= plans.length > 0 && input.uuid === LOST_UUID;
          return await standard.describeNode(input);
        },
        planCopies: async (input) => {
          plans.push(input);
          if (input.round === 1 || hasLost(input)) return plan([planOf(hasLost(input) ? LOST : THERE)]);
          await comeBack();
          if (answersFirst) await cluster.until('it was asked in passing', () => answered, 60_000);
          return plan([], 2);
        },
        copyTablets: async (input) =>
          input.uuid === LOST_UUID
            ? await standard.copyTablets(input)
            : { missed: { work: input.batch.work, tablets: 2, reason: 'a replica was moved away' } },
      });
      const run = await start();
      const { warnings = [] } = (await run.result()) as { warnings?: string[] };
      expect(plans.map((one) => [one.round, hasLost(one)])).toEqual([
        [1, false],
        [2, false],
        [2, true],
      ]);
      // The snapshot was not taken again.
      expect(warnings).toEqual([expect.stringMatching(/could not be copied; other replicas were copied instead/)]);
    },
    120_000,
  );

  /** How often a run asked whether the lost node is there, and how many of these questions were open at each plan. */
  async function questionsOf(run: WorkflowHandle): Promise<{ asked: number; openAtPlans: number[] }> {
    const open = new Set<string>();
    const openAtPlans: number[] = [];
    let asked = 0;
    for (const event of (await run.fetchHistory()).events ?? []) {
      const { activityType, taskQueue } = event.activityTaskScheduledEventAttributes ?? {};
      if (activityType?.name === 'planCopies') openAtPlans.push(open.size);
      if (taskQueue?.name === nodeControlQueue(cluster.name, LOST)) {
        asked += 1;
        open.add(String(event.eventId));
      }
      open.delete(String(event.activityTaskTimedOutEventAttributes?.scheduledEventId));
    }
    return { asked, openAtPlans };
  }
});
