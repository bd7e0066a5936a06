import type { WorkflowHandle } from '@temporalio/client';
import { nodeQueue } from '../../src/contract';
import { FakedCluster } from '../support/workflows/faked-cluster';
import { NODES, standardActivities } from '../support/workflows/standard-activities';

describe('27.5: a copy that waits in the queue of a node for longer than copyQueueTimeout', () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    cluster = await FakedCluster.open({ copyQueueTimeout: 400 });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  it.each<[what: string, start: () => Promise<WorkflowHandle>]>([
    ['backup', async () => await cluster.start('backUpDatabase', { database: 'ysql.orders' })],
    [
      'restore',
      async () => await cluster.start('restoreDatabase', { backup: { database: 'ysql.orders' }, as: 'copy' }),
    ],
  ])(
    'waits on while the node answers: %s',
    async (_what, start) => {
      const queue = nodeQueue(cluster.name, NODES[0]);
      await cluster.leave(queue); // its slots are taken; its other queue is served
      let asked = 0;
      cluster.use({
        describeNode: async (input) => {
          asked += 1;
          return await standardActivities().describeNode(input);
        },
      });
      const run = await start();
      const files = async (): Promise<boolean> => (await cluster.progress(run)).phase === 'files';
      await cluster.until('it copies', files, 30_000);
      const before = asked;
      await cluster.until('the node has been asked three times more', () => asked > before + 4, 30_000);
      await cluster.comeBack(queue);
      const { warnings } = (await run.result()) as { warnings?: string[] };
      expect(warnings).toBeUndefined();
    },
    90_000,
  );
});
