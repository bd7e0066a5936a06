import { makeCreateSnapshotSchedule } from '../../src/activities/control/pitr/create-snapshot-schedule';
import { makeWaitForFirstSnapshot } from '../../src/activities/control/pitr/wait-for-first-snapshot';
import { SharedQueries } from '../../src/activities/control/waits/shared-queries';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import type { ListedSchedule, ListedSnapshot } from '../../src/yugabyte';
import { fakeYugabyte, lostReply } from '../support/fake-yugabyte';
import { FakedCluster } from '../support/workflows/faked-cluster';

describe('24: a creation of a snapshot schedule whose reply was lost', () => {
  let cluster: FakedCluster;
  /** What the masters list, and how often a schedule was asked for. */
  let schedules: ListedSchedule[];
  let created: number;
  /** The first creation takes effect only then. */
  let late: 'at once' | 'after the second' | 'never';

  const orders = { api: 'ysql' as const, id: 'namespace', name: 'orders' };
  const appear = (id: string): void => {
    schedules.push({
      ...{ id, filter: 'ysql.orders', intervalSeconds: 3600, retentionSeconds: 7 * 86_400, deleted: false },
      snapshots: [{ id: `snapshot-of-${id}` }],
    });
  };

  beforeAll(async () => {
    cluster = await FakedCluster.open();
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  beforeEach(() => {
    schedules = [];
    created = 0;
    const yugabyte = fakeYugabyte({
      http: { dumpEntities: async () => await Promise.resolve({ keyspaces: [orders], tables: [], tablets: [] }) },
      run: async (command: { name: string }) => {
        if (command.name === 'create_snapshot_schedule') {
          created += 1;
          if (created === 1 && late === 'at once') appear('first');
          if (created === 1) throw lostReply('create_snapshot_schedule', 'CreateSnapshotSchedule');
          appear('second');
          if (late === 'after the second') appear('first');
          return await Promise.resolve({ scheduleId: 'second' });
        }
        const snapshots = schedules.flatMap(
          (one): ListedSnapshot[] =>
            one.snapshots.map(({ id }) => ({ id, state: 'COMPLETE', database: orders })) as ListedSnapshot[],
        );
        return await Promise.resolve(command.name === 'list_snapshot_schedules' ? schedules : snapshots);
      },
    });
    const dependencies = {
      client: cluster.client,
      timing: { ...cluster.timing, rpcTimeout: 50, pollInterval: 20 },
      looks: new SharedQueries(),
      yugabyte: () => yugabyte,
    } as unknown as ControlDependencies;
    cluster.use({
      createSnapshotSchedule: makeCreateSnapshotSchedule(dependencies),
      waitForFirstSnapshot: makeWaitForFirstSnapshot(dependencies),
      preflightSchedule: async () =>
        await Promise.resolve({
          ...{ action: 'create' as const, wanted: { everyMinutes: 60, keepMinutes: 10_080 }, listedBefore: [] },
        }),
    });
  });

  const enable = async (): Promise<{ scheduleId: string; warnings?: string[] }> => {
    const input = { database: 'ysql.orders', every: '1h', keep: '7 days' };
    const run = await cluster.start('enablePointInTimeRecovery', input);
    return (await run.result()) as { scheduleId: string; warnings?: string[] };
  };

  it.each([
    ['at once', 'first', 1],
    ['never', 'second', 2],
  ] as const)('24: and which takes effect %s: there is one schedule', async (when, scheduleId, asked) => {
    late = when;
    const result = await enable();
    expect([result.scheduleId, created, schedules.map(({ id }) => id)]).toEqual([scheduleId, asked, [scheduleId]]);
    expect(result.warnings ?? []).toEqual([]);
  });

  it('24: and which takes effect after it was asked for again: the other one is told, and left alone', async () => {
    late = 'after the second';
    const result = await enable();
    expect([result.scheduleId, schedules.map(({ id }) => id)]).toEqual(['second', ['second', 'first']]);
    expect(result.warnings).toEqual([
      expect.stringMatching(
        /^There is another snapshot schedule of ysql\.orders, first: .*delete_snapshot_schedule first\.$/,
      ),
    ]);
  });
});
