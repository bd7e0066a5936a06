import { FakedCluster } from '../support/workflows/faked-cluster';

describe('the page of a run that has ended', () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    cluster = await FakedCluster.open();
  }, 30_000);
  afterAll(async () => {
    await cluster.close();
  });

  it('22.25: a complete backup', async () => {
    cluster.use();
    const run = await cluster.start('backUpDatabase', { database: 'ysql.orders' });
    await run.result();
    expect(await cluster.page(run)).toMatch(/✓ cleanup/);
  });
});
