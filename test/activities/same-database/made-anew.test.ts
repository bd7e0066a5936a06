import { makeCarrySequences } from '../../../src/activities/control/pitr/carry-sequences';
import { makeEndSessions } from '../../../src/activities/control/pitr/end-sessions';
import { makeLoadText } from '../../../src/activities/control/load/load-text';
import { makeLookAfterRecovery } from '../../../src/activities/control/pitr/look-after-recovery';
import { makeNameDatabase } from '../../../src/activities/control/restore/name-database';
import { makePreflightSchedule } from '../../../src/activities/control/pitr/preflight-schedule';
import { makeRewindDatabase } from '../../../src/activities/control/pitr/rewind-database';
import { makeStartClone, makeWaitForClone } from '../../../src/activities/control/pitr/start-clone';
import { makeVerifyRestored } from '../../../src/activities/control/restore/verify-restored';
import { makeWaitForFirstSnapshot } from '../../../src/activities/control/pitr/wait-for-first-snapshot';
import { madeNothing } from '../../../src/activities/made-nothing';
import type { Guarded } from '../../../src/activities/internal-types';
import { listClones } from '../../../src/yugabyte';
import { clusterWith, NEW, OLD, scheduleOf } from './cluster-with';

jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  activityInfo: () => ({ attempt: 1, currentAttemptScheduledTimestampMs: 0 }),
  cancellationSignal: () => new AbortController().signal,
  sleep: async () => {
    await Promise.resolve();
  },
}));
jest.mock('../../../src/activities/heartbeat-interceptor', () => ({ showProgress: () => undefined }));
jest.mock('../../../src/activities/control/lock/guardian-state', () => ({
  confirmGuardians: async () => {
    await Promise.resolve();
  },
}));
jest.mock('../../../src/activities/control/preflight/check-cluster', () => ({
  checkCluster: async () => await Promise.resolve({ loginAccepted: true, listed: true, masters: true, tools: true }),
}));
jest.mock('../../../src/activities/control/preflight/check-database', () => ({
  checkDatabase: async () => await Promise.resolve(true),
}));
jest.mock('../../../src/activities/control/lookup/backup-store', () => ({
  headerOf: async () => await Promise.resolve({ database: 'ysql.orders', tables: [] }),
}));
jest.mock('../../../src/activities/control/waits/list-together', () => ({
  deadlineAfter: (ms: number) => Date.now() + ms,
  listTogether: async (dependencies: { yugabyte: () => { run: (command: unknown) => unknown } }, command: unknown) =>
    await dependencies.yugabyte().run(command),
}));

jest.mock('../../../src/activities/control/lookup/find-dump', () => ({
  partOf: async () => await Promise.resolve({ part: { tables: [{ schema: 'public', name: 't', rows: 1 }] } }),
}));

const guarded = { chain: { workflowId: 'w', firstExecutionRunId: 'r' }, guardians: [] } as unknown as Guarded;
const database = 'ysql.orders';
const SCRATCH = 'kalpa_0123456789ab';
const CLONE = '00004200000030008000000000000000';
const patience = { patienceMs: 1000, leftMs: 1000, asksAgain: false };
const wanted = { every: '1h', keep: '1 day' };

describe('the snapshot schedule of a database that was dropped and created again', () => {
  const plan = async (schedules: ReturnType<typeof scheduleOf>[], ask: { wanted?: typeof wanted }) => {
    const { dependencies } = clusterWith({ ids: { orders: NEW }, schedules });
    const { answer } = (await makePreflightSchedule(dependencies)({ database, ...ask, ...patience })) as {
      answer: { action: string; scheduleId?: string; warnings: string[] };
    };
    return answer;
  };

  it('enabling gives the new database a schedule of its own, and names the old one with how to delete it', async () => {
    const made = await plan([scheduleOf('dead', OLD)], { wanted });
    expect(made.action).toBe('create');
    expect(made.scheduleId).toBeUndefined();
    expect(made.warnings).toEqual([
      expect.stringMatching(/^Snapshot schedule dead belongs to a dropped database ysql\.orders: it protects nothing/),
    ]);
    // `pitr disable` would delete the new one.
    expect(made.warnings[0]).toContain('yb-admin delete_snapshot_schedule dead');
  });

  it('enabling changes the schedule of the new database if it has one', async () => {
    const schedules = [scheduleOf('dead', OLD), scheduleOf('live', NEW)];
    expect(await plan(schedules, { wanted })).toMatchObject({ action: 'none', scheduleId: 'live' });
    expect(await plan(schedules, { wanted: { ...wanted, every: '2h' } })).toMatchObject({
      action: 'edit',
      scheduleId: 'live',
    });
  });

  it("disabling deletes the new database's own schedule first, and the old one if it has none", async () => {
    const both = await plan([scheduleOf('dead', OLD), scheduleOf('live', NEW)], {});
    expect(both).toMatchObject({ action: 'delete', scheduleId: 'live' });
    expect(both.warnings.join()).toMatch(/kalpa pitr disable ysql\.orders, once more/);
    const dead = await plan([scheduleOf('dead', OLD)], {});
    expect(dead).toMatchObject({ action: 'delete', scheduleId: 'dead' });
    expect(dead.warnings.join()).toMatch(/belonged to a dropped database ysql\.orders/);
  });

  it('enabling fails if the database is created again between the schedule and its first snapshot', async () => {
    const { dependencies } = clusterWith({ ids: { orders: NEW }, schedules: [scheduleOf('s', OLD)] });
    const waiting = makeWaitForFirstSnapshot(dependencies)({ scheduleId: 's', database });
    await expect(waiting).rejects.toMatchObject({ type: 'SnapshotFailed' });
    await expect(waiting).rejects.toThrow(/covers a database ysql\.orders that was dropped meanwhile/);
    const same = clusterWith({ ids: { orders: OLD }, schedules: [scheduleOf('s', OLD)] });
    await expect(makeWaitForFirstSnapshot(same.dependencies)({ scheduleId: 's', database })).resolves.toEqual({
      others: [],
    });
  });
});

describe('a database that is dropped and created again between the steps of a run', () => {
  const known = { database, namespaceId: OLD };
  const steps = {
    endSessions: async (ids: Record<string, string>) => {
      const { cluster, dependencies } = clusterWith({ ids });
      await makeEndSessions(dependencies)({ guarded, ...known });
      return cluster.acts;
    },
    rewindDatabase: async (ids: Record<string, string>) => {
      const { cluster, dependencies } = clusterWith({ ids });
      await makeRewindDatabase(dependencies)({ guarded, ...known, scheduleId: 's', toMicros: '1', listedBefore: [] });
      return cluster.acts;
    },
    startClone: async (ids: Record<string, string>) => {
      const { cluster, dependencies } = clusterWith({ ids });
      await makeStartClone(dependencies)({ guarded, ...known, scratchName: 'kalpa_0123456789ab', toMicros: '1' });
      return cluster.acts;
    },
  };

  const afterwards = {
    lookAfterRecovery: async (ids: Record<string, string>) => {
      const { cluster, dependencies } = clusterWith({ ids });
      await makeLookAfterRecovery(dependencies)(known);
      return cluster.acts;
    },
    carrySequences: async (ids: Record<string, string>) => {
      const { cluster, dependencies } = clusterWith({ ids: { ...ids, [SCRATCH]: CLONE } });
      await makeCarrySequences(dependencies)({ guarded, ...known, scratchName: SCRATCH, cloneId: CLONE });
      return cluster.acts;
    },
    'loadText, of rows alone': async (ids: Record<string, string>) => {
      const { cluster, dependencies } = clusterWith({ ids });
      const rowsInto = { silent: true, triggers: [], namespaceId: OLD };
      const dump = { dumpId: 'd', content: 'data' };
      await makeLoadText(dependencies)({ guarded, dump, name: 'orders', as: 'orders', rowsInto } as never);
      return cluster.acts;
    },
  };

  it.each(Object.keys(afterwards) as (keyof typeof afterwards)[])(
    '(24.9) %s neither reads nor changes it',
    async (step) => {
      for (const ids of [{ orders: NEW }, {}] as Record<string, string>[])
        await expect(afterwards[step](ids)).rejects.toMatchObject({ type: 'NotFound' });
      expect(await afterwards[step]({ orders: OLD })).toHaveLength(1);
    },
  );

  it('(24.9) carrySequences sets none in a database that was made under the name of the clone', async () => {
    const { cluster, dependencies } = clusterWith({ ids: { orders: OLD, [SCRATCH]: NEW } });
    const carrying = makeCarrySequences(dependencies)({ guarded, ...known, scratchName: SCRATCH, cloneId: CLONE });
    await expect(carrying).rejects.toMatchObject({ type: 'NotFound' });
    expect(cluster.acts).toEqual([]);
  });

  it('(24.9) a complete clone is recognised by its id', async () => {
    const { dependencies } = clusterWith({ ids: { [SCRATCH]: CLONE } });
    const yugabyte = dependencies.yugabyte();
    const complete = [{ target: SCRATCH, sequence: '1', state: 'COMPLETE' }];
    const waiting = makeWaitForClone({
      ...dependencies,
      yugabyte: () =>
        ({
          ...yugabyte,
          run: async (command: unknown) => await Promise.resolve(command === listClones ? complete : []),
        }) as unknown as typeof yugabyte,
    });
    expect(await waiting({ ...known, scratchName: SCRATCH })).toEqual({ cloneId: CLONE });
  });

  it.each(Object.keys(steps) as (keyof typeof steps)[])('%s does not touch the new one', async (step) => {
    for (const [ids, words] of [
      [{ orders: NEW }, 'was dropped and created again'],
      [{}, 'was dropped or renamed'],
    ] as const) {
      const failure: unknown = await steps[step]({ ...ids }).then(
        (acts) => acts,
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ type: 'NotFound', nonRetryable: true });
      expect(String(failure)).toContain(words);
      if (step !== 'endSessions') expect(madeNothing(failure)).toBe(true); // its lock waits for nothing
    }
    expect(await steps[step]({ orders: OLD })).toHaveLength(1);
  });
});

describe('a restored database gets its name', () => {
  const naming = async (ids: Record<string, string>): Promise<string[]> => {
    const { cluster, dependencies } = clusterWith({ ids });
    await makeNameDatabase(dependencies)({ guarded, scratchName: SCRATCH, namespaceId: OLD, name: 'orders' });
    return cluster.acts;
  };

  it('if it is the one that was verified', async () => {
    expect(await naming({ [SCRATCH]: OLD })).toEqual([`rename ${SCRATCH} to orders`]);
  });

  it('only once: an earlier attempt may have done it', async () => {
    expect(await naming({ orders: OLD })).toEqual([]);
  });

  it('not if another database was created under that name, even when the scratch name no longer exists', async () => {
    await expect(naming({ orders: NEW })).rejects.toMatchObject({ type: 'AlreadyExists' });
    await expect(naming({ orders: NEW, [SCRATCH]: OLD })).rejects.toMatchObject({ type: 'AlreadyExists' });
  });

  it('not if the scratch database is another one', async () => {
    await expect(naming({ [SCRATCH]: NEW })).rejects.toMatchObject({ type: 'NotFound' });
  });

  it('after checking that it is the database that was imported into, even where rows are not compared', async () => {
    const { dependencies } = clusterWith({ ids: { [SCRATCH]: NEW } });
    const input = { backup: { backupId: 'b' }, scratchName: SCRATCH, namespaceId: OLD, level: 'objects' } as never;
    await expect(makeVerifyRestored(dependencies)(input)).rejects.toMatchObject({ type: 'VerificationFailed' });
  });
});
