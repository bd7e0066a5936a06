import { hostname, userInfo } from 'node:os';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { KalpaClient } from '../../src/client';
import { callerIdentity } from '../../src/client/caller-identity';
import { starterName } from '../../src/contract';

interface Kept {
  workflowId: string;
  type?: string;
  taskQueue?: string;
  identity?: string;
  schedule?: string;
  attributes?: Record<string, string>;
}

function temporal(kept: Kept[]) {
  const asked: { query?: string; histories: number; atOnce: number } = { histories: 0, atOnce: 0 };
  let inFlight = 0;
  const info = ({ workflowId, type = 'backUpDatabase', taskQueue = 'kalpa/demo', attributes = {} }: Kept) => ({
    ...{ workflowId, runId: `run of ${workflowId}`, type, taskQueue, status: { name: 'RUNNING' } },
    startTime: new Date('2026-11-22T02:00:07Z'),
    typedSearchAttributes: {
      getAll: () => Object.entries(attributes).map(([name, value]) => ({ key: { name }, value })),
    },
  });
  const client = {
    options: { namespace: 'default' },
    workflow: {
      list: async function* ({ query }: { query: string }) {
        asked.query = query;
        for (const one of kept) yield await Promise.resolve(info(one));
      },
      getHandle: (workflowId: string) => ({
        describe: async () => {
          const found = kept.find((one) => one.workflowId === workflowId);
          if (found) return await Promise.resolve(info(found));
          throw new WorkflowNotFoundError('not there', workflowId, undefined);
        },
      }),
    },
    workflowService: {
      getWorkflowExecutionHistory: async ({ execution }: { execution: { workflowId: string } }) => {
        asked.histories += 1;
        inFlight += 1;
        asked.atOnce = Math.max(asked.atOnce, inFlight);
        await new Promise((resolve) => setImmediate(resolve));
        inFlight -= 1;
        const { identity = '', schedule } = kept.find((one) => one.workflowId === execution.workflowId) ?? {};
        const indexedFields = schedule && { TemporalScheduledById: { data: Buffer.from(JSON.stringify(schedule)) } };
        const started = { identity, searchAttributes: { indexedFields } };
        return { history: { events: [{ workflowExecutionStartedEventAttributes: started }] } };
      },
    },
  };
  return { asked, kalpa: KalpaClient.of(client as unknown as Client, { cluster: 'demo', ui: 'http://ui' }) };
}

describe('29: the runs of a cluster', () => {
  it('29: are asked for by queue and type, so that neither children nor other clusters are among them', async () => {
    const { asked, kalpa } = temporal([
      { workflowId: 'a', identity: 'alice@host', attributes: { KalpaDatabase: 'ysql.orders', KalpaPhase: 'files' } },
      { workflowId: 'b', identity: 'temporal-scheduler', schedule: 'backup/demo/ysql.orders' },
      { workflowId: 'c', identity: '4711@host' },
    ]);
    const { runs, more } = await kalpa.runs();
    expect(asked.query).toMatch(/^ExecutionStatus = 'Running' AND TaskQueue = 'kalpa\/demo' AND WorkflowType IN \('/);
    expect(asked.query).toContain("'recoverToPointInTime'");
    expect(asked.query).not.toContain('copyFromNode');
    expect(more).toBe(false);
    expect(runs).toEqual([
      expect.objectContaining({ workflowId: 'a', database: 'ysql.orders', phase: 'files', startedBy: 'alice@host' }),
      expect.objectContaining({ workflowId: 'b', startedBy: 'schedule backup/demo/ysql.orders' }),
      expect.objectContaining({ workflowId: 'c', startedBy: 'a program on host' }),
    ]);
    expect(runs[0]?.link).toBe('http://ui/namespaces/default/workflows/a/run%20of%20a'.replace('%20of%20', ' of '));
  });

  it('29: of 10,000 at once cost as much as was asked for', async () => {
    const { asked, kalpa } = temporal(Array.from({ length: 10_000 }, (_, n) => ({ workflowId: `w-${n}` })));
    const { runs, more } = await kalpa.runs(50);
    expect([runs.length, more, asked.histories]).toEqual([50, true, 50]);
    expect(asked.atOnce).toBeLessThanOrEqual(10);
  });

  it.each([
    ['is not there', 'nowhere'],
    ['is of another cluster', 'other'],
    ['is a child', 'child'],
  ])('29: one that %s is not found', async (_, workflowId) => {
    const { kalpa } = temporal([
      { workflowId: 'other', taskQueue: 'kalpa/other' },
      { workflowId: 'child', type: 'copyFromNode' },
    ]);
    await expect(kalpa.describeRun(workflowId)).rejects.toMatchObject({
      type: 'NotFound',
      message: expect.stringContaining(`no operation ${workflowId} of cluster demo`) as string,
    });
  });
});

describe('29: who started a run', () => {
  it('29: is the person and the machine, behind sudo too', () => {
    expect(callerIdentity({})).toBe(`${userInfo().username}@${hostname()}`);
    expect(callerIdentity({ SUDO_USER: 'alice' })).toBe(`alice@${hostname()}`);
    expect(callerIdentity({})).not.toContain(String(process.pid));
  });

  it.each([
    [{ identity: 'alice@host' }, 'alice@host'],
    [{ identity: 'temporal-cli:bob@host' }, 'temporal-cli:bob@host'],
    [{ identity: '4711@host' }, 'a program on host'],
    [{ identity: 'temporal-scheduler-x', scheduleId: 'nightly' }, 'schedule nightly'],
    [{ identity: '' }, undefined],
  ])('29: %j is called %s', (starter, name) => {
    expect(starterName(starter)).toBe(name);
  });
});
