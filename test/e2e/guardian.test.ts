import type { Client, WorkflowHandle } from '@temporalio/client';
import type { BackUpDatabaseResult, RestoreDatabaseResult } from '../../src/contract';
import { backupsOf, operationsOf } from '../support/store/backup-list';
import { ballast, leftovers } from '../support/cluster/cluster-state';
import { hurry, SLOW } from '../support/cluster/copying';
import { newDatabase, SMALL } from '../support/cluster/new-database';
import { contentOf, databaseNames } from '../support/cluster/sql';
import { failureOf, start, stackJson, temporalClient, until } from '../support/stack';
import { slowIt, some } from '../support/matrix';
import { guardianEnd, progressOf, untilCopying } from '../support/cluster/watch-run';

const stack = stackJson();
let client: Client;
let source: string;
let database: string;
let backupId: string;

beforeAll(async () => {
  client = await temporalClient(stack);
  source = await newDatabase(stack, 'guarded', SMALL);
  database = `ysql.${source}`;
  await ballast(stack, source, 500_000, 60); // small files: a slow copy still counts up
  backupId = ((await (await start(client, 'backUpDatabase', { database })).result()) as BackUpDatabaseResult).backupId;
}, 60_000);
afterAll(async () => {
  await client.connection.close();
});
afterEach(async () => {
  // What a failed test left running must not disturb the next one.
  for (const run of runs.splice(0))
    await client.workflow
      .getHandle(run.workflowId)
      .terminate()
      .catch(() => undefined);
  await until('nothing is left behind', async () => (await leftovers(stack)).length === 0);
});

const runs: WorkflowHandle[] = [];
const started = async (type: string, input: object): Promise<Awaited<ReturnType<typeof start>>> => {
  const handle = await start(client, type, input);
  runs.push(handle);
  return handle;
};
/** Of every file, as the first one: an increment would be over before anything can be done to it. */
const backUp = async (more: object = {}) => await started('backUpDatabase', { database, incremental: 'no', ...more });
const restoreAs = async (as: string, more: object = {}) =>
  await started('restoreDatabase', { backup: backupId, as, ...more });
const resultOf = async <T>(handle: WorkflowHandle): Promise<T> => (await handle.result()) as T;
/** How the bucket lists the newest backup. */
const newest = async () => (await backupsOf(stack, 'demo', database)).at(-1)?.state;

describe('a run that is ended in the middle leaves a clean cluster', () => {
  const ends: [string, (handle: WorkflowHandle) => Promise<unknown>, string][] = [
    ['cancelled', async (handle) => await handle.cancel(), 'CANCELLED'],
    ['terminated', async (handle) => await handle.terminate('a person did it'), 'TERMINATED'],
  ];

  slowIt.each(ends)(
    'a backup, %s',
    async (state, end, status) => {
      const handle = await backUp(SLOW);
      await untilCopying(handle);
      await end(handle);
      await handle.result().catch(() => undefined);
      expect((await handle.describe()).status.name).toBe(status);
      expect(await guardianEnd(client, database)).toBe('COMPLETED');
      expect(await leftovers(stack)).toEqual([]);
      expect(await newest()).toBe(state);
    },
    60_000,
  );

  it.each(some([...ends].reverse()))(
    'a restore, %s',
    async (state, end, status) => {
      const began = new Date();
      const as = `${source}_${state}`;
      const handle = await restoreAs(as, SLOW);
      await untilCopying(handle);
      expect(await leftovers(stack)).not.toEqual([]);
      await end(handle);
      await handle.result().catch(() => undefined);
      expect((await handle.describe()).status.name).toBe(status);
      expect(await guardianEnd(client, `ysql.${as}`)).toBe('COMPLETED');
      expect(await leftovers(stack)).toEqual([]);
      expect(await databaseNames(stack.ysql)).not.toContain(as);
      const [record, ...others] = await operationsOf(stack, `ysql.${as}`, began);
      expect(others).toEqual([]);
      expect(record).toMatchObject({
        operation: 'restoreDatabase',
        workflowId: handle.workflowId,
        outcome: state,
        input: { backup: backupId, as },
        startedBy: expect.stringMatching(/./) as string,
        failure: { type: state === 'terminated' ? 'Terminated' : 'Cancelled' },
      });
      if (state === 'terminated') {
        expect(record?.failure?.message).toMatch(/^Terminated by .+: a person did it\.$/);
        expect(record?.cleanedUp?.undone).not.toEqual([]);
        expect(record?.cleanedUp?.leftovers).toEqual([]);
      }
    },
    60_000,
  );
});

describe('a run that runs out of its time leaves a clean cluster', () => {
  const limit = { workflowExecutionTimeout: '6s' } as const;

  it('a backup, and its audit record says so', async () => {
    const began = new Date();
    const committed = async () =>
      (await backupsOf(stack, 'demo', database)).filter(({ state }) => state === 'committed');
    const before = await committed();
    const handle = await start(
      client,
      'backUpDatabase',
      { database, incremental: 'no', bytesPerSecond: 100_000 },
      'demo',
      limit,
    );
    await handle.result().catch(() => undefined);
    expect((await handle.describe()).status.name).toBe('TIMED_OUT');
    expect(await guardianEnd(client, database)).toBe('COMPLETED');
    expect(await leftovers(stack)).toEqual([]);
    expect(await committed()).toEqual(before);
    expect(await operationsOf(stack, database, began)).toMatchObject([
      { workflowId: handle.workflowId, outcome: 'timed-out', failure: { type: 'TimedOut' } },
    ]);
  }, 60_000);

  slowIt(
    'a restore',
    async () => {
      const as = `${source}_timed_out`;
      const input = { backup: backupId, as, bytesPerSecond: 100_000 };
      const handle = await start(client, 'restoreDatabase', input, 'demo', limit);
      await handle.result().catch(() => undefined);
      expect((await handle.describe()).status.name).toBe('TIMED_OUT');
      expect(await guardianEnd(client, `ysql.${as}`)).toBe('COMPLETED');
      expect(await leftovers(stack)).toEqual([]);
      expect(await databaseNames(stack.ysql)).not.toContain(as);
    },
    60_000,
  );
});

describe('a run that is reset while it copies', () => {
  it.each(
    some([
      ['the first step under its lock', 'listNodes'],
      ['its newest step', undefined],
    ]),
  )(
    'a backup continues with its lock and ends well: to %s',
    async (_case, activity) => {
      const handle = await backUp(SLOW);
      await untilCopying(handle);
      const again = await reset(handle, activity);
      await hurry(again);
      const backup = await resultOf<BackUpDatabaseResult>(again);
      expect(backup.tables).toBe(2);
      expect(await guardianEnd(client, database)).toBe('COMPLETED');
      expect(await newest()).toBe('committed');
    },
    90_000,
  );

  slowIt.each([
    ['its newest step', undefined],
    ['the first step under its lock', 'listNodes'],
  ])(
    'a restore continues with its lock and ends well: to %s',
    async (_case, activity) => {
      const as = `${source}_reset_${activity ?? 'newest'}`;
      const handle = await restoreAs(as, SLOW);
      await untilCopying(handle);
      const again = await reset(handle, activity);
      await hurry(again);
      expect(await resultOf<RestoreDatabaseResult>(again)).toMatchObject({ database: `ysql.${as}` });
      expect(await contentOf(stack.ysql, as)).toEqual(await contentOf(stack.ysql, source));
      expect(await guardianEnd(client, `ysql.${as}`)).toBe('COMPLETED');
    },
    90_000,
  );

  slowIt.each(['terminate', 'cancel'] as const)(
    'a restore that is ended after its reset stops its copies: %s',
    async (end) => {
      const as = `${source}_reset_${end}`;
      const handle = await restoreAs(as, SLOW);
      await untilCopying(handle);
      const again = await reset(handle);
      await until('it can be asked', async () => (await progressOf(again)).phase === 'files');
      await again[end]();
      expect(await guardianEnd(client, `ysql.${as}`)).toBe('COMPLETED'); // it waits for the copies
      expect(await leftovers(stack)).toEqual([]);
      expect(await databaseNames(stack.ysql)).not.toContain(as);
    },
    60_000,
  );

  slowIt(
    'a closed run does nothing any more: its lock is gone',
    async () => {
      const handle = await backUp();
      await handle.result();
      const before = await backupsOf(stack, 'demo', database);
      const failure = await failureOf(await reset(handle, 'createSnapshot'));
      expect(failure).toMatchObject({ type: 'DatabaseBusy' });
      expect(failure.message).toMatch(/start a new run/);
      expect(await backupsOf(stack, 'demo', database)).toEqual(before);
    },
    60_000,
  );
});

describe('two operations on one database', () => {
  it('the second is refused with a link to the holder, or waits', async () => {
    const first = await backUp(SLOW);
    await untilCopying(first);
    const busy = await failureOf(await backUp());
    expect(busy).toMatchObject({ type: 'DatabaseBusy' });
    expect(busy.message).toContain(first.workflowId);
    expect(busy.details).toEqual([
      {
        workflowId: first.workflowId,
        runId: first.firstExecutionRunId,
        link: expect.stringMatching(/^http.*\/namespaces\/default\/workflows\//) as string,
      },
    ]);
    const late = await failureOf(await backUp({ whenBusy: 'wait', waitAtMost: '1s' }));
    expect(late).toMatchObject({ type: 'DatabaseBusy' });
    const waiting = await backUp({ whenBusy: 'wait' });
    await hurry(first);
    const [one, two] = [await resultOf<BackUpDatabaseResult>(first), await resultOf<BackUpDatabaseResult>(waiting)];
    expect(one.backupId).not.toBe(two.backupId);
  }, 60_000);
});

describe('setLimits', () => {
  it('33: takes effect on the running copy and refuses nonsense', async () => {
    const handle = await backUp({ bytesPerSecond: 300_000 });
    await untilCopying(handle);
    for (const wrong of [{ bytesPerSecond: -5 }, { bytesPerSecond: 'fast' }, { rate: 5 }]) {
      await expect(handle.executeUpdate('setLimits', { args: [wrong] })).rejects.toMatchObject({
        cause: { type: 'InvalidInput' },
      });
    }
    const before = await progressOf(handle);
    const slow = before.nodes.reduce((sum, node) => sum + node.bytesDone, 0);
    expect(slow).toBeLessThan(25_000_000); // of 30 MB: at 300 kB/s the rest takes long
    const at = Date.now();
    expect(await handle.executeUpdate('setLimits', { args: [{ bytesPerSecond: 0, parallelism: 4 }] })).toEqual({
      bytesPerSecond: 0,
      parallelism: 4,
    });
    await handle.result();
    expect(Date.now() - at).toBeLessThan(20_000);
    expect((await progressOf(handle)).phase).toBe('cleanup');
  }, 60_000);
});

/** Resets a run as a person does in the UI: to its newest workflow task, or to the one before an activity. */
async function reset(handle: WorkflowHandle, beforeActivity?: string): Promise<WorkflowHandle> {
  const events = (await handle.fetchHistory()).events ?? [];
  const named = (event: (typeof events)[number]) => event.activityTaskScheduledEventAttributes?.activityType?.name;
  const end =
    beforeActivity === undefined ? events.length : events.findIndex((event) => named(event) === beforeActivity);
  const task = events.slice(0, end).findLast((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await handle.describe();
  const again = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: handle.workflowId, runId },
    reason: 'a test',
    requestId: `reset-${runId}`,
    workflowTaskFinishEventId: task?.eventId ?? null,
  });
  return client.workflow.getHandle(handle.workflowId, again.runId);
}
