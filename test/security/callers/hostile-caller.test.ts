import { Context } from '@temporalio/activity';
import { FakedCluster } from '../../support/workflows/faked-cluster';

describe('a hostile caller', () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    cluster = await FakedCluster.open();
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  const refused = { cause: { type: 'InvalidInput', message: expect.stringContaining('refused its input') as string } };
  const chain = { workflowId: 'w', firstExecutionRunId: '0d4b4935-2c95-4523-95ab-9ead1e95e794' };

  it.each([
    ['guardian', {}],
    ['guardian', { subject: 'ysql.a', guardianId: 'g', owner: chain, operation: 'x', settings: { timing: {} } }],
    ['copyFromNode', {}],
    ['copyFromNode', { plan: { batches: null } }],
    ['placeOnNode', {}],
    ['placeOnNode', 'text'],
    ['expireSnapshot', {}],
    ['expireSnapshot', { snapshotId: 'a', database: 'ysql.a', at: '+275761-01-01T00:00:00Z' }],
    ['backUpDatabase', { database: 'ysql.\ud800' }],
    ['restoreDatabase', { backup: { database: 'ysql.a' }, as: 'x\udc00y' }],
    ['dumpDatabase', { database: 'ycql.\udfff', tables: ['\ud800'] }],
    ['recoverToPointInTime', { database: 'ysql.a', as: 'b', ago: '99999999999999999999w' }],
    ['createSnapshot', { database: 'ysql.a', keepFor: '999999999999999w' }],
    ['backUpDatabase', { database: 'ysql.a', whenBusy: 'wait', waitAtMost: `${'9'.repeat(300)}d` }],
  ])('23.10: ends a %s with %j, and the run with InvalidInput', async (type, input) => {
    cluster.use();
    const run = await cluster.start(type, input);
    await expect(run.result()).rejects.toMatchObject(refused);
    const { historyLength } = await run.describe();
    expect(historyLength).toBeLessThan(10);
  });

  it('23.9: sends 20,000 fields that there are not, and gets one small failure', async () => {
    cluster.use();
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`unknown${i}`, 'x'.repeat(20)]));
    const run = await cluster.start('backUpDatabase', { database: 'ysql.a', ...many });
    await expect(run.result()).rejects.toMatchObject(refused);
    const { events } = await run.fetchHistory();
    expect(events?.filter(({ workflowTaskFailedEventAttributes: failed }) => failed)).toEqual([]);
    const last = events?.at(-1)?.workflowExecutionFailedEventAttributes;
    expect(JSON.stringify(last).length).toBeLessThan(200_000);
  });

  it('23.10: signals a guardian with what is no note and no end, and it continues', async () => {
    const undone: string[] = [];
    cluster.use({
      watchOwner: async () => await Context.current().cancelled,
      undo: async ({ undo }) => {
        undone.push(undo.kind);
        return await Promise.resolve({});
      },
    });
    const owner = await cluster.start('inspectCluster', {});
    await owner.result();
    await cluster.lock('ysql.signalled', { holder: owner, operation: 'backUpDatabase' });
    const guardian = cluster.client.workflow.getHandle(`busy/${cluster.name}/ysql.signalled`);
    for (const note of [
      undefined,
      {},
      { key: 'a', undo: { kind: 'everything' } },
      { key: 'b', undo: { kind: 'scratch', scratchName: 'orders', listedBefore: [] } },
      { key: 'c', undo: { kind: 'newKeyspace', database: 'ycql.\ud800', tables: [] } },
    ])
      await guardian.signal('note', note);
    await guardian.signal('close', { end: 'whenever' });
    await guardian.signal('note', { key: 'good', undo: { kind: 'loadBalancer' } });
    await guardian.signal('close', { end: 'failed' });
    await expect(guardian.result()).resolves.toEqual({ undone: [], leftovers: [] });
    expect(undone).toEqual(['loadBalancer']);
  });
});
