import { KalpaClient, KalpaFailure, type ScheduleRecord } from '../../../src/client';
import type { CliDependencies } from '../../../src/cli/core/cli-dependencies';
import type { ScheduleDefinition } from '../../../src/contract';
import { FakeTemporalSchedules } from '../../client/fake-temporal-schedules';
import { kalpa, type CliOutcome } from '../fake-cli';

/** A Temporal and a bucket that stay the same over several command lines. */
function world() {
  const temporal = new FakeTemporalSchedules();
  const newest = new Map<string, ScheduleRecord>();
  const closed: string[] = [];
  const records = {
    newest: async () => await Promise.resolve([...newest.values()]),
    write: async (scheduleId: string, schedule: ScheduleDefinition | 'removed') => {
      newest.set(scheduleId, { scheduleId, at: '2026-11-22T02:00:07Z', schedule });
      await Promise.resolve();
    },
    close: () => closed.push('records'),
  };
  const parts: Partial<CliDependencies> = {
    openScheduleRecords: () => records,
    connect: async (_, more) => await Promise.resolve(KalpaClient.of(temporal.client, { cluster: 'demo', ...more })),
  };
  const run = async (...line: string[]): Promise<CliOutcome> => await kalpa(['schedule', ...line], { parts });
  return { temporal, newest, closed, run };
}

const NIGHTLY = ['add', 'backup', 'ysql.orders', '--cron', '0 2 * * *'];
const ID = 'backup/demo/ysql.orders';

describe('kalpa schedule', () => {
  it('adds one with everything that was given, and closes the bucket', async () => {
    const { temporal, newest, closed, run } = world();
    const options = ['--time-zone', 'Europe/Berlin', '--catch-up', '2h', '--note', 'nightly', '--label', 'daily'];
    const more = ['--keep-for', '30 days', '--wait-at-most', '1h', '--input', '{"fingerprint":"full"}'];
    const { code, stdout } = await run(...NIGHTLY, ...options, ...more);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `scheduled  ${ID}  backUpDatabase  0 2 * * * Europe/Berlin  next run 2026-11-24T02:00:00Z\n`,
    });
    const input = { whenBusy: 'wait', database: 'ysql.orders', label: 'daily', keepFor: '30 days' };
    expect(temporal.kept.get(ID)?.options).toMatchObject({
      spec: { cronExpressions: ['0 2 * * *'], timezone: 'Europe/Berlin' },
      action: { args: [{ ...input, waitAtMost: '1h', fingerprint: 'full' }] },
      policies: { catchupWindow: 7_200_000 },
    });
    expect(newest.get(ID)).toMatchObject({ schedule: { note: 'nightly', timeZone: 'Europe/Berlin' } });
    expect(closed).toEqual(['records']);
  });

  it.each([
    ['snapshot', 'ysql.orders', 'createSnapshot', { database: 'ysql.orders', keepFor: '1 day' }],
    ['dump', 'ysql.orders', 'dumpDatabase', { database: 'ysql.orders' }],
    ['dump-cluster', 'ysql', 'dumpCluster', { api: 'ysql' }],
  ])('adds a %s', async (what, subject, workflowType, input) => {
    const { temporal, run } = world();
    const keep = what === 'snapshot' ? ['--keep-for', '1 day'] : [];
    expect(await run('add', what, subject, '--every', '6h', ...keep)).toMatchObject({ code: 0 });
    expect(temporal.kept.get(`${what}/demo/${subject}`)?.options).toMatchObject({
      spec: { intervals: [{ every: 21_600_000 }] },
      action: { workflowType, args: [{ ...input, whenBusy: 'wait' }] },
    });
  });

  it('lists, pauses, resumes, triggers and removes', async () => {
    const { newest, run } = world();
    await run(...NIGHTLY, '--note', 'nightly');
    expect((await run('pause', ID, '--note', 'a migration')).stdout).toContain('paused  backup/demo/ysql.orders');
    expect((await run('list')).stdout).toMatch(/ysql\.orders +backUpDatabase +0 2 \* \* \* UTC +paused +a migration/);
    expect((await run('resume', ID)).stdout).toContain('next run 2026-11-24T02:00:00Z');
    expect((await run('trigger', ID)).stdout).toBe('started  w-1\n');
    expect(JSON.parse((await run('remove', ID, '--json')).stdout)).toEqual({ removed: ID });
    expect(newest.get(ID)?.schedule).toBe('removed');
    expect((await run('list')).stdout).toBe('No schedules.\n');
  });

  it('32: a second note replaces the first, in Temporal and in the records', async () => {
    const { temporal, newest, run } = world();
    await run(...NIGHTLY, '--note', 'nightly');
    for (const note of ['first', 'second']) {
      await run('pause', ID, '--note', note);
      expect([temporal.kept.get(ID)?.note, newest.get(ID)?.schedule]).toEqual([
        note,
        expect.objectContaining({ note }),
      ]);
    }
    expect((await run('list')).stdout).toMatch(/paused .* second\n/);
  });

  it('32: the list tells how the last run ended', async () => {
    const { temporal, run } = world();
    await run(...NIGHTLY);
    await run('trigger', ID);
    for (const [number, word] of [
      [1, 'running'],
      [2, 'complete'],
      [3, 'failed'],
      [4, 'cancelled'],
      [5, 'terminated'],
      [7, 'timed out'],
    ] as const) {
      temporal.lastStatus = number;
      expect((await run('list')).stdout).toContain(`2026-11-23T02:00:00Z ${word}`);
      const { schedules } = JSON.parse((await run('list', '--json')).stdout) as {
        schedules: { recentRuns: object[] }[];
      };
      expect(schedules[0]?.recentRuns.at(-1)).toMatchObject({ status: word });
    }
  });

  it('names what Temporal lost, and makes it again', async () => {
    const { temporal, run } = world();
    await run(...NIGHTLY);
    temporal.kept.clear();
    const listed = await run('list', 'ysql.orders');
    expect(listed.stdout).toContain('missing');
    expect(listed.stderr).toContain('1 recorded in the repository and missing in Temporal: kalpa schedule restore');
    expect((await run('restore')).stdout).toBe(`restored  ${ID}\n`);
    expect((await run('restore')).stdout).toBe(`present   ${ID}\n`);
  });

  it.each([
    [['add', 'restore', 'ysql.orders'], 'Allowed choices are backup, snapshot, dump, dump-cluster', 2],
    [['add', 'backup', 'ysql.orders'], 'exactly one of --cron', 2],
    [[...NIGHTLY, '--input', 'label=x'], '--input label=x: it must be one JSON object', 2],
    [[...NIGHTLY, '--input', '{"labl":"x"}'], 'labl', 2],
    [['pause', 'backup/demo/ysql.nowhere'], 'There is no schedule backup/demo/ysql.nowhere of cluster demo', 3],
  ])('%j is refused', async (line, text, exit) => {
    const { temporal, run } = world();
    const { code, stderr } = await run(...line);
    expect(code).toBe(exit);
    expect(stderr).toContain(text);
    expect(temporal.kept.size).toBe(0);
  });

  it('says at once when the bucket is unavailable, and closes it', async () => {
    const { closed } = world();
    const away = {
      newest: async () => await Promise.reject(new KalpaFailure('StoreUnavailable', 'The store is unavailable.')),
      write: async () => await Promise.resolve(),
      close: () => closed.push('records'),
    };
    const temporal = new FakeTemporalSchedules();
    const parts: Partial<CliDependencies> = {
      openScheduleRecords: () => away,
      connect: async (_, more) => await Promise.resolve(KalpaClient.of(temporal.client, { cluster: 'demo', ...more })),
    };
    expect(await kalpa(['schedule', 'list'], { parts })).toMatchObject({
      code: 1,
      stderr: 'kalpa: StoreUnavailable: The store is unavailable.\n',
    });
    expect(closed).toEqual(['records']);
  });
});
