import type { Client } from '@temporalio/client';
import { HeartbeatFigures } from '../../../src/cli/run/heartbeat-figures';
import type { Progress } from '../../../src/contract';

const NODE = '127.0.0.1:9100';

const at = (bytesDone: number): Progress => ({
  operation: 'backUpDatabase',
  phase: 'files',
  phases: [],
  nodes: [{ node: NODE, filesDone: 0, filesTotal: 10, bytesDone, bytesTotal: 1000, bytesPerSecond: 0 }],
  message: '',
});

/** A parent with one node's run, whose batches beat as given. */
function temporal(batches: () => { activityId: string; details: unknown }[]) {
  const asked: string[] = [];
  const describe = (id: string): unknown => {
    asked.push(id);
    if (id === 'backup')
      return {
        raw: {
          pendingChildren: [{ workflowId: `backup/abc123/copy-1-${NODE}` }, { workflowId: 'busy/demo/ysql.orders' }],
        },
      };
    const pendingActivities = batches().map(({ activityId, details }) => ({
      activityId,
      heartbeatDetails: { payloads: [{ data: Buffer.from(JSON.stringify(details)) }] },
    }));
    return { raw: { pendingActivities } };
  };
  const client = {
    workflow: { getHandle: (id: string) => ({ describe: async () => await Promise.resolve(describe(id)) }) },
  };
  return { client: client as unknown as Client, asked };
}

describe('figures from heartbeats', () => {
  it('are added to what the run had counted before the batch', async () => {
    let now = 100_000;
    let batches = [{ activityId: '1', details: { filesDone: 1, bytesDone: 100 } }];
    const { client } = temporal(() => batches);
    const figures = new HeartbeatFigures(client, 'backup', () => now);
    expect((await figures.refine(at(0))).nodes[0]).toMatchObject({ filesDone: 1, bytesDone: 100 });
    now += 2_000;
    batches = [{ activityId: '1', details: { filesDone: 2, bytesDone: 300 } }];
    // The run itself was told of 200 meanwhile: those bytes are not counted twice.
    expect((await figures.refine(at(200))).nodes[0]).toMatchObject({ filesDone: 2, bytesDone: 300 });
    now += 2_000;
    batches = [{ activityId: '2', details: { filesDone: 1, bytesDone: 50 } }];
    expect((await figures.refine(at(400))).nodes[0]).toMatchObject({ bytesDone: 450 });
  });

  it('are asked for every two seconds and only while files are copied', async () => {
    let now = 100_000;
    const { client, asked } = temporal(() => []);
    const figures = new HeartbeatFigures(client, 'backup', () => now);
    await figures.refine({ ...at(0), phase: 'snapshot' });
    expect(asked).toEqual([]);
    await figures.refine(at(0));
    now += 500;
    await figures.refine(at(0));
    expect(asked).toEqual(['backup', `backup/abc123/copy-1-${NODE}`]);
  });

  it.each([
    ['nothing', null],
    ['words', 'waiting'],
    ['other counters', { tablets: 3 }],
  ])('leave the run’s own counters alone where a heartbeat holds %s', async (_, details) => {
    const { client } = temporal(() => [{ activityId: '1', details }]);
    expect((await new HeartbeatFigures(client, 'backup', () => 100_000).refine(at(7))).nodes).toEqual(at(7).nodes);
  });

  it('leave the progress as it is when the run can not be described', async () => {
    const client = {
      workflow: { getHandle: () => ({ describe: async () => await Promise.reject(new Error('away')) }) },
    } as unknown as Client;
    expect(await new HeartbeatFigures(client, 'backup', () => 100_000).refine(at(7))).toEqual(at(7));
  });
});
