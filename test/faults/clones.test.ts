import type { RecoverToPointInTimeResult } from '../../src/contract';
import { onCluster } from '../support/cluster/fault-cluster';
import { FULL, inFull } from '../support/matrix';
import { disableRecovery, momentAfter, recoverableDatabase } from '../support/cluster/recovery';
import { failureOf, until } from '../support/stack';
import { untilPending } from '../support/cluster/watch-run';

const CLONE_STEPS = ['startClone', 'waitForClone', 'carrySequences', 'nameDatabase'];

describe('a copy of a database as it was, made by clone_namespace, under fire', () => {
  const dialect = '2025.1'; // 2.6 has no clones: its copies are a backup and a restore

  it.concurrent('75: a clone is aborted: made again; aborted again and again: nothing is left', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await recoverableDatabase(cluster);
      const before = await cluster.content(database);
      const to = await momentAfter(cluster);
      await cluster.arm({ name: 'clone-aborts' });
      const aside = { database, to, as: 'aside' };
      const result = await cluster.run<RecoverToPointInTimeResult>('recoverToPointInTime', aside);
      expect(result.warnings?.join()).toMatch(/started again: .*snapshot of the source is being created/);
      expect(await cluster.content('aside')).toEqual(before);
      if (FULL) {
        await cluster.arm({ name: 'clone-aborts', times: 100 });
        const failure = await failureOf(await cluster.start('recoverToPointInTime', { database, to, as: 'never' }));
        expect(failure).toMatchObject({ type: 'RestoreFailed' });
        expect(failure.message).toMatch(/aborted the clone .* 3 times/);
      }
      await disableRecovery(cluster, database);
    });
  });

  inFull.each(CLONE_STEPS)('36: in the step %s of a clone: it continues with another worker', async (step) => {
    await onCluster({ dialect, apart: ['control-worker'] }, async (cluster) => {
      const database = await recoverableDatabase(cluster);
      const before = await cluster.content(database);
      const to = await momentAfter(cluster);
      const handle = await cluster.start('recoverToPointInTime', { database, to, as: 'aside' });
      await untilPending(handle, step);
      await cluster.kill('control-worker');
      await handle.result();
      expect(await cluster.content('aside')).toEqual(before);
      await disableRecovery(cluster, database);
    });
  });

  inFull('75: the reply of clone_namespace is lost: the clone is found, and not made twice', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await recoverableDatabase(cluster);
      const to = await momentAfter(cluster);
      await cluster.arm({ name: 'lose-reply', command: 'clone_namespace' });
      await cluster.run('recoverToPointInTime', { database, to, as: 'aside' });
      expect(await cluster.content('aside')).toEqual(await cluster.content(database));
      await until('no scratch database is left', async () => (await cluster.leftovers()).length === 0);
      await disableRecovery(cluster, database);
    });
  });

  inFull.each(['cancel', 'terminate'] as const)(
    '37: a %s while a database is cloned: the clone is dropped, and nothing else',
    async (end) => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await recoverableDatabase(cluster);
        const before = await cluster.content(database);
        const to = await momentAfter(cluster);
        await cluster.arm({ name: 'slow', command: 'list_clones', nth: 2, times: 3, ms: 1_000 });
        const handle = await cluster.start('recoverToPointInTime', { database, to, as: 'gone' });
        await until('the clone', async () => (await cluster.leftovers()).some((line) => line.startsWith('database ')));
        await handle[end]('a person changed their mind');
        await expect(handle.result()).rejects.toThrow();
        await until('it is dropped', async () => (await cluster.leftovers()).length === 0);
        await expect(cluster.content('gone')).rejects.toThrow();
        expect(await cluster.content(database)).toEqual(before);
        await disableRecovery(cluster, database);
      });
    },
  );

  inFull('76: a table was dropped: a copy brings it back; the rewind reverts the drop', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await recoverableDatabase(cluster);
      const before = await cluster.content(database);
      const to = await momentAfter(cluster);
      await new Promise((resolve) => setTimeout(resolve, 800)); // the emulator sees DDL of the same moment as one
      await cluster.sql(database, 'DROP TABLE orders');
      await cluster.run('recoverToPointInTime', { database, to, as: 'aside' });
      expect(await cluster.content('aside')).toEqual(before);
      const rewind = { database, to, confirmDataLoss: database };
      const { covered } = await cluster.run<RecoverToPointInTimeResult>('recoverToPointInTime', rewind);
      expect(covered?.ddlSince).toContain('orders was dropped or renamed');
      expect(await cluster.content(database)).toEqual(before);
      await disableRecovery(cluster, database);
    });
  });
});
