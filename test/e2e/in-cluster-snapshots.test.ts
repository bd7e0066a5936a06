import type { CreateSnapshotResult, InspectClusterResult, RestoreSnapshotResult } from '../../src/contract';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { dialects, inFull } from '../support/matrix';
import { withSql } from '../support/cluster/sql';
import { failureOf, until } from '../support/stack';

async function sql(cluster: FaultCluster, database: string, text: string): Promise<void> {
  await withSql(cluster.json.ysql, database.slice(5), async (client) => await client.query(text));
}

async function createSnapshot(cluster: FaultCluster, input: object): Promise<CreateSnapshotResult> {
  return (await (await cluster.start('createSnapshot', input)).result()) as CreateSnapshotResult;
}

async function listed(cluster: FaultCluster): Promise<string> {
  return await cluster.ybAdmin('list_snapshots');
}

describe.each(dialects())('snapshots inside the cluster, dialect %s', (dialect) => {
  it.concurrent('a snapshot is made, restored in place and deleted', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const before = await cluster.content(database);
      const made = await createSnapshot(cluster, { database });
      expect(made).toMatchObject({ database });
      expect(made.expiresAt).toBeUndefined();
      await sql(cluster, database, "DELETE FROM orders WHERE id % 3 = 0; UPDATE customers SET name = name || ' old'");
      expect(await cluster.content(database)).not.toEqual(before);

      const wrong = { snapshotId: made.snapshotId, confirm: 'ysql.other' };
      const refused = await failureOf(await cluster.start('restoreSnapshot', wrong));
      expect(refused.type).toBe('DataLossNotConfirmed');
      expect(refused.message).toContain(database);

      const right = { snapshotId: made.snapshotId, confirm: database };
      const restored = (await (await cluster.start('restoreSnapshot', right)).result()) as RestoreSnapshotResult;
      expect(restored).toMatchObject({ database, restoredTo: made.createdAt });
      expect(await cluster.content(database)).toEqual(before);

      await (await cluster.start('deleteSnapshot', { snapshotId: made.snapshotId })).result();
      expect(await listed(cluster)).toContain('No snapshots');
      const gone = await failureOf(await cluster.start('deleteSnapshot', { snapshotId: made.snapshotId }));
      expect(gone.type).toBe('NotFound');
    });
  });

  it.concurrent('a snapshot with an end is deleted when it expires', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const made = await createSnapshot(cluster, { database, keepFor: '3s' });
      expect(Date.parse(made.expiresAt ?? '') - Date.parse(made.createdAt)).toBe(3_000);
      expect(await listed(cluster)).toContain(made.snapshotId);
      await until('it is gone', async () => (await listed(cluster)).includes('No snapshots'));
    });
  });

  inFull('a restore in place is refused when the schema was changed since', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const { snapshotId } = await createSnapshot(cluster, { database });
      const restore = { snapshotId, confirm: database };
      await sql(cluster, database, 'ALTER TABLE customers ADD COLUMN phone text');
      const column = await failureOf(await cluster.start('restoreSnapshot', restore));
      expect(column).toMatchObject({ type: 'PreflightFailed' });
      expect(column.message).toContain('schema of');
      await sql(cluster, database, 'ALTER TABLE customers DROP COLUMN phone; CREATE TABLE later (id int)');
      const table = await failureOf(await cluster.start('restoreSnapshot', restore));
      expect(table.message).toContain('later came later');
      await (await cluster.start('deleteSnapshot', { snapshotId })).result();
    });
  });

  it.concurrent(
    '24: of a dropped database nothing is restored, and a new one of its name is a database as any',
    async () => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await cluster.database();
        const name = database.slice(5);
        const { snapshotId } = await createSnapshot(cluster, { database });
        const admin = async (text: string): Promise<void> =>
          await withSql(cluster.json.ysql, 'yugabyte', async (client) => void (await client.query(text)));
        await admin(`DROP DATABASE ${name}`);
        const restore = { snapshotId, confirm: database };
        const gone = await failureOf(await cluster.start('restoreSnapshot', restore));
        expect(`${gone.type}: ${gone.message}`).toMatch(
          new RegExp(`^NotFound: .*Snapshot ${snapshotId} is of a database ${database} that was dropped\\. Its files`),
        );

        await admin(`CREATE DATABASE ${name}`);
        await sql(cluster, database, 'CREATE TABLE anew AS SELECT n AS id FROM generate_series(1, 20) n');
        const other = await failureOf(await cluster.start('restoreSnapshot', restore));
        expect(other.message).toContain('that was dropped, and another one has its name now.');
        expect((await cluster.status()).restorations).toEqual([]);
        const inspected = await cluster.run<InspectClusterResult>('inspectCluster', {});
        expect(inspected.snapshots).toMatchObject([{ snapshotId, database, dropped: true }]);
        expect(inspected.problems.join('\n')).toContain(
          `Snapshot ${snapshotId} is of a dropped ${database}: nothing can be restored from it.`,
        );
        expect(inspected.databases.find((one) => one.database === database)).toMatchObject({ tables: 1 });

        // The masters' page names both; what is backed up is the new one.
        const before = await cluster.content(database);
        const { backupId } = await cluster.backUp(database);
        await cluster.run('restoreDatabase', { backup: backupId, as: `${name}_again`, verify: 'full' });
        expect(await cluster.content(`ysql.${name}_again`)).toEqual(before);
        expect(Object.keys(before)).toEqual(['public.anew']);

        await cluster.run('deleteSnapshot', { snapshotId });
        expect(await listed(cluster)).toContain('No snapshots');
      });
    },
  );

  inFull('24: a restore in place is refused when a table was dropped since', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const { snapshotId } = await createSnapshot(cluster, { database });
      await sql(cluster, database, 'DROP TABLE orders');
      const refused = await failureOf(await cluster.start('restoreSnapshot', { snapshotId, confirm: database }));
      expect(`${refused.type}: ${refused.message}`).toMatch(/^PreflightFailed: .*orders was dropped or rewritten/);
      expect((await cluster.status()).restorations).toEqual([]);
      await cluster.run('deleteSnapshot', { snapshotId });
      expect(await listed(cluster)).toContain('No snapshots');
    });
  });

  inFull('a snapshot that Kalpa did not make is restored with a warning and never deleted', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const printed = await cluster.ybAdmin('create_database_snapshot', database);
      const snapshotId = /creation: (\S+)/.exec(printed)?.[1] ?? '';
      await until('it is complete', async () => (await listed(cluster)).includes('COMPLETE'));
      const before = await cluster.content(database);
      const refused = await failureOf(await cluster.start('deleteSnapshot', { snapshotId }));
      expect(refused).toMatchObject({ type: 'PreflightFailed' });
      await sql(cluster, database, 'DELETE FROM orders');
      const restore = { snapshotId, confirm: database };
      const restored = (await (await cluster.start('restoreSnapshot', restore)).result()) as RestoreSnapshotResult;
      expect(restored.warnings?.join()).toContain('Kalpa did not make');
      expect(await cluster.content(database)).toEqual(before);
      expect(await listed(cluster)).toContain(snapshotId);
      await cluster.ybAdmin('delete_snapshot', snapshotId);
    });
  });

  inFull('the reply of the restore is lost: it is found, and not begun twice', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const before = await cluster.content(database);
      const { snapshotId } = await createSnapshot(cluster, { database });
      await sql(cluster, database, 'DELETE FROM orders');
      await cluster.arm({ command: 'restore_snapshot', name: 'lose-reply', times: 1 });
      await (await cluster.start('restoreSnapshot', { snapshotId, confirm: database })).result();
      expect(await cluster.content(database)).toEqual(before);
      expect((await cluster.status()).restorations).toHaveLength(1);
      await (await cluster.start('deleteSnapshot', { snapshotId })).result();
    });
  });

  inFull('cancelled while it restores: the lock is held until the restoration has ended', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const before = await cluster.content(database);
      const { snapshotId } = await createSnapshot(cluster, { database });
      await sql(cluster, database, 'DELETE FROM orders');
      await cluster.arm({ command: 'restore_snapshot', name: 'slow', ms: 1_500, times: 1 });
      const run = await cluster.start('restoreSnapshot', { snapshotId, confirm: database });
      await until('the restore is asked for', async () => (await cluster.status()).struck.length > 0);
      await run.cancel();
      await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      const { restorations } = await cluster.status();
      expect(restorations.every(({ state }) => state === 'RESTORED')).toBe(true);
      if (restorations.length > 0) expect(await cluster.content(database)).toEqual(before);
      await (await cluster.start('deleteSnapshot', { snapshotId })).result();
    });
  });
});
