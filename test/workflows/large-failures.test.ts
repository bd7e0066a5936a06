import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { guardianId } from '../../src/contract';
import { SqlFailed } from '../../src/yugabyte';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';

const LARGE = 50 * 1024 * 1024;
const text = (what: string): string => `${what} ${'x'.repeat(LARGE)}`;

/** What a step of ours could throw, whatever made it so large. */
const FAILURES: [string, string, () => Error][] = [
  [
    'a message',
    'RestoreFailed',
    () => ApplicationFailure.create({ type: 'RestoreFailed', message: text('no'), nonRetryable: true }),
  ],
  [
    'details',
    'ChecksumMismatch',
    () =>
      ApplicationFailure.create({
        ...{ type: 'ChecksumMismatch', message: 'no', nonRetryable: true },
        details: [{ problems: Array.from({ length: 500 }, () => 'x'.repeat(LARGE / 500)) }],
      }),
  ],
  [
    'a type and a cause',
    'NotFound',
    () =>
      ApplicationFailure.create({
        ...{ type: 'NotFound', message: 'no', nonRetryable: true },
        cause: new Error(text('because'), { cause: new Error(text('of that')) }),
      }),
  ],
  [
    'the server´s sentence',
    'ToolFailed',
    () => new SqlFailed('look', 'orders', '42601', text('syntax error'), false, 'refused'),
  ],
  ['a bug that is tried again', 'TypeError', () => new TypeError(text('undefined is no function'))],
];

describe('23.9: a step that fails with 50 MB', () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    cluster = await FakedCluster.open({ retryPause: 10, retryPauseMax: 20 });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  /** Bytes of a run's history, as it is stored; no event may be one that Temporal refused. */
  async function sizes(run: WorkflowHandle): Promise<{ bytes: number; largest: number; failedTasks: number }> {
    const events = (await run.fetchHistory()).events ?? [];
    const each = events.map((event) => JSON.stringify(event).length);
    return {
      bytes: each.reduce((sum, one) => sum + one, 0),
      largest: Math.max(...each),
      failedTasks: events.filter((event) => event.workflowTaskFailedEventAttributes).length,
    };
  }

  it.each(FAILURES)(
    '23.9: of %s ends its run with the type %s, in a small history',
    async (_, type, failure) => {
      const undone: string[] = [];
      cluster.use({
        createSnapshot: async () => await Promise.reject(failure()),
        undo: async ({ undo }) => {
          undone.push(undo.kind);
          return await Promise.resolve({});
        },
      });
      const database = `ysql.${type.toLowerCase()}`;
      const run = await cluster.start('createSnapshot', { database });
      const ended: unknown = await run.result().catch((error: unknown) => error);
      expect(ended).toMatchObject({ cause: { type } });
      expect((ended as { cause: Error }).cause.message.length).toBeLessThan(20_000);
      expect(await sizes(run)).toMatchObject({ failedTasks: 0 });
      const { bytes, largest } = await sizes(run);
      expect(largest).toBeLessThan(128 * 1024);
      expect(bytes).toBeLessThan(512 * 1024);
      expect((await cluster.client.workflow.getHandle(guardianId(cluster.name, database)).describe()).status.name).toBe(
        'COMPLETED',
      );
    },
    90_000,
  );

  it('23.9: an undo that fails so is a leftover of a few words, and the others are undone', async () => {
    cluster.use({
      watchOwner: async () => await Context.current().cancelled,
      undo: async ({ undo }) => {
        if (undo.kind === 'loadBalancer') return { undone: 'the other' };
        return await Promise.reject(refusal('ToolFailed', text('no')));
      },
    });
    const owner = await cluster.start('inspectCluster', {});
    await owner.result();
    await cluster.lock('ysql.left', { holder: owner, operation: 'createSnapshot' });
    const guardian = cluster.client.workflow.getHandle(guardianId(cluster.name, 'ysql.left'));
    await guardian.signal('note', { key: 'a', undo: { kind: 'loadBalancer' } });
    await guardian.signal('note', {
      key: 'b',
      undo: { kind: 'intent', backupId: 'ysql.left-20261122T020007Z-3fa9c1' },
    });
    await guardian.signal('close', { end: 'failed' });
    const { undone, leftovers } = (await guardian.result()) as { undone: string[]; leftovers: string[] };
    expect(undone).toEqual(['the other']);
    expect(leftovers).toEqual([expect.stringMatching(/^.*: no x+/)]);
    expect(leftovers[0]!.length).toBeLessThan(20_000);
    expect((await sizes(guardian)).bytes).toBeLessThan(512 * 1024);
  }, 90_000);
});
