import type { WorkflowHandle } from '@temporalio/client';
import { contentOfShop, cql, shopKeyspace } from '../support/cluster/cql';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { EVERY } from '../support/ledger';
import { dialects, inFull, some } from '../support/matrix';
import { until } from '../support/stack';
import { guardianEnd, untilPending } from '../support/cluster/watch-run';

/** A database or keyspace with rows. */
interface Subject {
  database: string;
  content(): Promise<unknown>;
  loseRows(): Promise<void>;
}

async function subjectOf(cluster: FaultCluster, api: 'ysql' | 'ycql'): Promise<Subject> {
  if (api === 'ycql') {
    await cql(cluster.json, shopKeyspace('shop'));
    return {
      database: 'ycql.shop',
      content: async () => await contentOfShop(cluster.json, 'shop'),
      loseRows: async () => void (await cql(cluster.json, 'DELETE FROM shop.customers WHERE id = 3')),
    };
  }
  const database = await cluster.database();
  return {
    database,
    content: async () => await cluster.content(database),
    loseRows: async () => {
      await cluster.sql(database, 'DELETE FROM orders');
    },
  };
}

const snapshots = async (cluster: FaultCluster): Promise<number> =>
  (await cluster.status()).snapshots.filter(({ state }) => state === 'COMPLETE').length;
const schedules = async (cluster: FaultCluster): Promise<number> =>
  (await cluster.ybAdmin('list_snapshot_schedules')).match(/"options"/g)?.length ?? 0;
const snapshotOf = async (cluster: FaultCluster, { database }: Subject): Promise<string> =>
  (await cluster.run<{ snapshotId: string }>('createSnapshot', { database })).snapshotId;
const enable = async (cluster: FaultCluster, { database }: Subject): Promise<void> => {
  await cluster.run('enablePointInTimeRecovery', { database, ...EVERY });
};
/** 2.6 can't: there the schedule ends with its cluster. */
const disable = async (cluster: FaultCluster, { database }: Subject): Promise<void> => {
  await cluster.run('disablePointInTimeRecovery', { database }).catch(() => undefined);
};

/** What is running, and what must be true when it has ended well; `check` leaves the cluster clean. */
interface Begun {
  handle: WorkflowHandle;
  check: () => Promise<void>;
  cleanUp?: () => Promise<void>;
}
type Begin = (cluster: FaultCluster, subject: Subject) => Promise<Begun>;

const makeSnapshot: Begin = async (cluster, { database }) => {
  const handle = await cluster.start('createSnapshot', { database });
  const check = async (): Promise<void> => {
    const { snapshotId } = (await handle.result()) as { snapshotId: string };
    expect(await snapshots(cluster)).toBe(1);
    await cluster.run('deleteSnapshot', { snapshotId });
  };
  return { handle, check };
};

const putBack: Begin = async (cluster, subject) => {
  const before = await subject.content();
  const snapshotId = await snapshotOf(cluster, subject);
  await subject.loseRows();
  const handle = await cluster.start('restoreSnapshot', { snapshotId, confirm: subject.database });
  const cleanUp = async (): Promise<void> => void (await cluster.run('deleteSnapshot', { snapshotId }));
  const check = async (): Promise<void> => {
    await handle.result();
    expect(await subject.content()).toEqual(before);
    expect((await cluster.status()).restorations).toHaveLength(1);
    await cleanUp();
  };
  return { handle, check, cleanUp };
};

const deleteIt: Begin = async (cluster, subject) => {
  const handle = await cluster.start('deleteSnapshot', { snapshotId: await snapshotOf(cluster, subject) });
  const check = async (): Promise<void> => {
    await handle.result();
    expect(await snapshots(cluster)).toBe(0);
  };
  return { handle, check };
};

const enableIt: Begin = async (cluster, subject) => {
  const handle = await cluster.start('enablePointInTimeRecovery', { database: subject.database, ...EVERY });
  const check = async (): Promise<void> => {
    await handle.result();
    expect(await schedules(cluster)).toBe(1);
    await disable(cluster, subject);
  };
  return { handle, check };
};

const disableIt: Begin = async (cluster, subject) => {
  await enable(cluster, subject);
  const handle = await cluster.start('disablePointInTimeRecovery', { database: subject.database });
  const check = async (): Promise<void> => {
    await handle.result();
    await until('no schedule is listed', async () => (await schedules(cluster)) === 0); // one that is being removed is, for a while
  };
  return { handle, check };
};

const rewind: Begin = async (cluster, subject) => {
  const { database } = subject;
  await enable(cluster, subject);
  const before = await subject.content();
  const to = new Date().toISOString();
  await until('that moment is over', () => Date.now() > Date.parse(to) + 5);
  await subject.loseRows();
  const handle = await cluster.start('recoverToPointInTime', { database, to, confirmDataLoss: database });
  const cleanUp = async (): Promise<void> => await disable(cluster, subject);
  const check = async (): Promise<void> => {
    await handle.result();
    expect(await subject.content()).toEqual(before);
    expect((await cluster.status()).restorations).toHaveLength(1);
    await cleanUp();
  };
  return { handle, check, cleanUp };
};

/** Operation, how it is begun, its steps; the first one changes the cluster, and is the one that 2.6 is tried in. */
const OPERATIONS: [string, Begin, string[]][] = [
  [
    'restoreSnapshot',
    putBack,
    [
      'restoreSnapshot',
      'preflightRestoreSnapshot',
      'lookBeforeRestore',
      'endSessions',
      'waitForRestoration',
      'lookAfterRecovery',
    ],
  ],
  ['createSnapshot', makeSnapshot, ['createSnapshot', 'waitForSnapshot', 'describeSnapshot', 'recordSnapshot']],
  ['deleteSnapshot', deleteIt, ['deleteSnapshot', 'preflightDeleteSnapshot', 'waitUntilDeleted']],
  [
    'enablePointInTimeRecovery',
    enableIt,
    ['createSnapshotSchedule', 'preflightSchedule', 'recordPointInTime', 'waitForFirstSnapshot'],
  ],
  ['disablePointInTimeRecovery', disableIt, ['deleteSnapshotSchedule', 'recordPointInTime']],
  ['recoverToPointInTime', rewind, ['rewindDatabase', 'preflightRecovery', 'endSessions', 'waitForRestoration']],
];

describe.each(dialects())('the control worker is killed with SIGKILL, inside the cluster, dialect %s', (dialect) => {
  const cases = (['ysql', 'ycql'] as const).flatMap((api) =>
    OPERATIONS.flatMap(([operation, begin, steps]) =>
      (dialect === '2.6' ? steps.slice(0, 1) : steps).map((step): [string, string, 'ysql' | 'ycql', Begin] => [
        `${step} (${operation}, ${api})`,
        step,
        api,
        begin,
      ]),
    ),
  );

  it.concurrent.each(some(cases))(
    '36: in the step %s: it continues with another worker, and nothing is done twice',
    async (_case, step, api, begin) => {
      await onCluster({ dialect, apart: ['control-worker'] }, async (cluster) => {
        const subject = await subjectOf(cluster, api);
        const { handle, check } = await begin(cluster, subject);
        await untilPending(handle, step);
        await cluster.kill('control-worker');
        await check();
        expect(await guardianEnd(cluster.client, subject.database, cluster.name)).toBe('COMPLETED');
      });
    },
  );
});

describe.each(dialects())('a run inside the cluster is ended by a person, dialect %s', (dialect) => {
  const cases = (['ysql', 'ycql'] as const).flatMap((api) =>
    (['cancel', 'terminate'] as const).map((how): [string, 'cancel' | 'terminate', 'ysql' | 'ycql'] => [
      `${how} (${api})`,
      how,
      api,
    ]),
  );
  const end = async (handle: WorkflowHandle, how: 'cancel' | 'terminate'): Promise<void> => {
    await (how === 'cancel' ? handle.cancel() : handle.terminate('by a person'));
  };

  inFull.each(cases)('37: a %s while a snapshot is made: it is deleted', async (_case, how, api) => {
    await onCluster({ dialect }, async (cluster) => {
      const { database } = await subjectOf(cluster, api);
      await cluster.arm({ name: 'snapshot-stays-creating' });
      const handle = await cluster.start('createSnapshot', { database });
      await untilPending(handle, 'waitForSnapshot');
      await end(handle, how);
      await cluster.disarm();
      await expect(handle.result()).rejects.toThrow();
      expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
      expect(await snapshots(cluster)).toBe(0);
    });
  });

  const endedWhileRestoring = async (
    begin: Begin,
    how: 'cancel' | 'terminate',
    api: 'ysql' | 'ycql',
  ): Promise<void> => {
    await onCluster({ dialect }, async (cluster) => {
      const subject = await subjectOf(cluster, api);
      await cluster.arm({ name: 'restoration-hangs' });
      const before = await subject.content();
      const { handle, cleanUp } = await begin(cluster, subject);
      await untilPending(handle, 'waitForRestoration');
      await end(handle, how);
      const guardian = cluster.client.workflow.getHandle(`busy/${cluster.name}/${subject.database}`);
      await untilPending(guardian, 'undo');
      expect((await guardian.describe()).status.name).toBe('RUNNING');
      await cluster.disarm();
      expect(await guardianEnd(cluster.client, subject.database, cluster.name)).toBe('COMPLETED');
      expect(await subject.content()).toEqual(before);
      expect((await cluster.status()).restorations).toMatchObject([{ state: 'RESTORED' }]);
      await cleanUp?.();
    });
  };

  inFull.each(cases)(
    '37: a %s while it rewinds: the lock is held until the rewind has ended',
    async (_case, how, api) => {
      await endedWhileRestoring(rewind, how, api);
    },
  );

  inFull.each(cases)(
    '37: a %s while a snapshot is put back: the lock is held until that has ended',
    async (_case, how, api) => {
      await endedWhileRestoring(putBack, how, api);
    },
  );

  inFull.each(cases)(
    '37: a %s while a snapshot is deleted: the lock is let go, and it can be deleted again',
    async (_case, how, api) => {
      await onCluster({ dialect }, async (cluster) => {
        const subject = await subjectOf(cluster, api);
        const snapshotId = await snapshotOf(cluster, subject);
        await cluster.arm({ name: 'slow', command: 'delete_snapshot', ms: 3_000 });
        const handle = await cluster.start('deleteSnapshot', { snapshotId });
        await untilPending(handle, 'deleteSnapshot');
        await end(handle, how);
        await expect(handle.result()).rejects.toThrow();
        expect(await guardianEnd(cluster.client, subject.database, cluster.name)).toBe('COMPLETED');
        await cluster.run('deleteSnapshot', { snapshotId }).catch(() => undefined); // it may be gone: the command was sent
        await until('the snapshot is gone', async () => (await snapshots(cluster)) === 0);
      });
    },
  );

  inFull.each(cases)('37: a %s while a schedule is made: it is deleted', async (_case, how, api) => {
    // The guardian waits an RPC's time for what a killed command may still do, so the command must be done within it.
    await onCluster({ dialect, timing: { rpcTimeout: '6s' } }, async (cluster) => {
      const { database } = await subjectOf(cluster, api);
      await cluster.arm({ name: 'slow', command: 'create_snapshot_schedule', ms: 1_500 });
      await cluster.arm({ name: 'snapshot-stays-creating' });
      const handle = await cluster.start('enablePointInTimeRecovery', { database, ...EVERY });
      await untilPending(handle, 'createSnapshotSchedule');
      await end(handle, how);
      await cluster.disarm();
      await expect(handle.result()).rejects.toThrow();
      expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
      await until('no schedule is listed', async () => (await schedules(cluster)) === 0);
    });
  });

  inFull.each(cases)(
    '37: a %s while a schedule is deleted: the lock is let go, and it can be deleted again',
    async (_case, how, api) => {
      await onCluster({ dialect }, async (cluster) => {
        const subject = await subjectOf(cluster, api);
        await enable(cluster, subject);
        await cluster.arm({ name: 'slow', command: 'delete_snapshot_schedule', ms: 3_000 });
        const handle = await cluster.start('disablePointInTimeRecovery', { database: subject.database });
        await untilPending(handle, 'deleteSnapshotSchedule');
        await end(handle, how);
        await expect(handle.result()).rejects.toThrow();
        expect(await guardianEnd(cluster.client, subject.database, cluster.name)).toBe('COMPLETED');
        await disable(cluster, subject);
        await until('no schedule is listed', async () => (await schedules(cluster)) === 0);
      });
    },
  );
});
