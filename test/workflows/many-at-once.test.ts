import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { FakedCluster } from '../support/workflows/faked-cluster';
import { standardActivities } from '../support/workflows/standard-activities';

/** `npm run test:full` has the sizes of a real night. */
const full = process.env['KALPA_TEST_FULL'] === '1';
const QUEUED = full ? 300 : 8;
const DATABASES = full ? 100 : 3;
const MINUTES = 60_000;

let cluster: FakedCluster;
beforeAll(async () => {
  cluster = await FakedCluster.open({ heartbeatTimeout: 10_000, ownerPollInterval: 1_000, lockPollInterval: 500 });
}, 30_000);
afterAll(async () => {
  await cluster.close();
});

const report = (what: string, began: number): void => {
  process.stdout.write(
    `${what}: ${((Date.now() - began) / 1000).toFixed(1)} s, ${Math.round(process.memoryUsage.rss() / 1e6)} MB with the test's own\n`,
  );
};

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
        recordOperation: async () => {
          inside.leave();
          await standard.recordOperation();
        },
      });
      const began = Date.now();
      const runs: WorkflowHandle[] = [];
      for (let n = 0; n < QUEUED; n += 1)
        runs.push(await cluster.start('createSnapshot', { database: 'ysql.orders', whenBusy: 'wait' }));
      await Promise.all(runs.map(async (run) => await run.result()));
      report(`${QUEUED} queued runs`, began);
      expect(inside.most()).toBe(1);
      expect(new Set(order).size).toBe(QUEUED);
    },
    (full ? 60 : 5) * MINUTES,
  );

  it(
    `22.15: ${DATABASES} databases at the same minute`,
    async () => {
      const snapshots = counted();
      const standard = standardActivities();
      cluster.use({
        createSnapshot: async () => {
          snapshots.enter();
          return await standard.createSnapshot();
        },
        exportSnapshot: async () => {
          snapshots.leave();
          return await standard.exportSnapshot();
        },
      });
      const began = Date.now();
      const runs = await Promise.all(
        Array.from(
          { length: DATABASES },
          async (_, i) => await cluster.start('backUpDatabase', { database: `ysql.d${i}` }),
        ),
      );
      await Promise.all(runs.map(async (run) => await run.result()));
      report(`${DATABASES} databases`, began);
      expect(snapshots.most()).toBe(1);
    },
    (full ? 60 : 5) * MINUTES,
  );
});
