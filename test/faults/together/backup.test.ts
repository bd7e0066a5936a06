// What `npm test` has of the faults that a backup outlives, or is refused for: several in one run. `npm run test:full`
// has each alone, in both dialects, and does not run this folder.
import type { BackUpDatabaseResult } from '../../../src/contract';
import { untilDumpedAgainBehindLock } from '../../support/cluster/behind-a-lock';
import { bulky, busiest, hurry, SLOW } from '../../support/cluster/copying';
import { expectWhole } from '../../support/expect-whole';
import { onCluster, type FaultCluster } from '../../support/cluster/fault-cluster';
import { PUT_OF_DATA, PUT_OF_MANIFEST } from '../../support/store/faulty-store';
import { awayUntilSnapshotDeleted, onFaultyStore } from '../../support/store/on-faulty-store';
import { withSql } from '../../support/cluster/sql';
import { failureOf, until } from '../../support/stack';
import { guardianEnd, untilCopying, untilPending } from '../../support/cluster/watch-run';

const SLOW_DOWNS_FOR_MS = 10_000;
const retaken = (why: string): unknown => expect.stringMatching(new RegExp(`^The snapshot was taken again: .*${why}`));

async function untilStruck(cluster: FaultCluster, name: string): Promise<void> {
  await until(`${name} strikes`, async () => {
    const { struck } = await cluster.status();
    return struck.some((fault) => fault.name === name);
  });
}

const REWRITE = 'ALTER TABLE customers ALTER COLUMN born TYPE timestamp; DELETE FROM orders WHERE id <= 10';
const NEW_TABLE = 'CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late SELECT generate_series(1, 10)';

describe('faults that meet one backup', () => {
  it.concurrent(
    '5, 6, 9, 10, 11, 12, 14: the masters have no leader, an index is INVALID, tablets split, tables are made and rewritten: taken again until it is whole',
    async () => {
      await onCluster({ dialect: '2025.1' }, async (cluster) => {
        const database = await cluster.database();
        await withSql(cluster.json.ysql, database.slice(5), async (sql) => {
          const unique = 'CREATE UNIQUE INDEX CONCURRENTLY one_order_each ON orders (customer)';
          await expect(sql.query(unique)).rejects.toThrow(/could not create unique index/);
        });
        await cluster.arm({
          name: 'fail',
          command: 'list_snapshots',
          times: 3,
          text: 'Timed out (yb/rpc/rpc.cc:211): Could not locate the leader master: GetLeaderMasterRpc passed its deadline',
        });
        await cluster.arm({ name: 'split-goes-on', times: 3 });
        await cluster.arm({ name: 'snapshot-holds-split-parent' });
        const handle = await cluster.start('backUpDatabase', { database, fingerprint: 'full' });
        const untilComplete = async (): Promise<void> => {
          await until('a snapshot is COMPLETE', async () =>
            (await cluster.status()).snapshots.some(({ state }) => state === 'COMPLETE'),
          );
        };
        await untilComplete();
        const { struck } = await cluster.status();
        const changes = [
          async () => await cluster.sql(database, REWRITE),
          async () => await cluster.act('split', { database: database.slice(5) }),
          async () => await cluster.sql(database, NEW_TABLE),
        ];
        for (const [i, change] of changes.entries()) {
          await cluster.arm({ name: 'snapshot-stays-creating' });
          await untilPending(handle, 'waitForSnapshot', 2 + i); // the first one holds the parent of a split
          await change();
          await cluster.disarm();
          await untilComplete();
        }
        const backup = (await handle.result()) as BackUpDatabaseResult;
        const invalid = expect.stringMatching(
          /^Invalid indexes are not in the backup: public\.one_order_each\./,
        ) as string;
        expect(backup.tables).toBe(3);
        expect(backup.warnings).toEqual([
          retaken('(overlaps|lies inside another one)'),
          retaken('the catalog version went from'),
          invalid,
          expect.stringMatching(/^Snapshot 1 was taken again: .* have no replica that holds snapshot/), // the tablets were split
          retaken('tables were created while .*: public.late'),
          invalid,
        ]);
        const struckBy = (name: string): number => struck.filter((fault) => fault.name === name).length;
        expect({ fail: struckBy('fail'), split: struckBy('split-goes-on') }).toEqual({ fail: 3, split: 3 });
        await expectWhole(cluster, database, backup);
      });
    },
  );

  it.concurrent(
    '21, 22, 26, 35: leaders and replicas move while it is copied, and the store is busy and resets: waited out',
    async () => {
      await onFaultyStore({ dialect: '2025.1' }, async (cluster, store) => {
        const database = await bulky(cluster);
        const handle = await cluster.start('backUpDatabase', { database, bytesPerSecond: 200_000 });
        await untilCopying(handle);
        await cluster.act('leader', {});
        await cluster.act('replica', { tserver: await busiest(cluster, handle) });
        const calmAt = Date.now() + SLOW_DOWNS_FOR_MS;
        store.arm('slowDown', (method) => method === 'PUT' && Date.now() < calmAt, Infinity);
        store.arm('reset', PUT_OF_DATA, 1);
        store.arm('reset', PUT_OF_MANIFEST, 1);
        await hurry(handle);
        const backup = (await handle.result()) as BackUpDatabaseResult;
        expect(backup.warnings).toEqual([
          expect.stringMatching(/replicas could not be copied; other replicas were copied/),
        ]);
        expect(store.struck.slowDown).toBeGreaterThan(2);
        expect(store.struck.reset).toBe(2);
        expect(await cluster.backupStates(database)).toEqual(['committed']);
      });
    },
  );

  it.concurrent(
    '1, 2, 7, 15, 20: a full disk, a snapshot that fails, one that is stuck, a dump behind a lock, DDL without end: refused, whole, SchemaChanging',
    async () => {
      const timing = { snapshotDeadline: '1s', commandTimeout: '4s' };
      await onCluster({ dialect: '2025.1', timing }, async (cluster) => {
        const database = await cluster.database();
        await cluster.act('disk', { tserver: 1, freeBytes: 1_000_000_000 });
        const full = await failureOf(await cluster.start('backUpDatabase', { database }));
        expect(full).toMatchObject({ type: 'PreflightFailed' });
        expect(full.message).toMatch(/A disk of \S+ has 1000000000 bytes free.*kalpa snapshot list/);
        await cluster.disarm();

        await cluster.arm({ name: 'snapshot-fails' });
        await cluster.arm({ name: 'slow', command: 'create_database_snapshot', nth: 2, ms: 2_000 });
        const handle = await cluster.start('backUpDatabase', { database, fingerprint: 'none' });
        await untilStruck(cluster, 'slow');
        await cluster.arm({ name: 'snapshot-stays-creating' });
        await untilPending(handle, 'deleteSnapshot', 2);
        await untilDumpedAgainBehindLock(cluster, database);
        const backup = (await handle.result()) as BackUpDatabaseResult;
        expect(backup.warnings?.slice(0, 2)).toEqual([retaken('is FAILED'), retaken('still CREATING after 1 s')]);

        await cluster.arm({
          name: 'sql',
          command: 'export_snapshot',
          times: 100,
          database: database.slice(5),
          sql: 'ALTER TABLE customers ADD COLUMN IF NOT EXISTS extra int; ALTER TABLE customers DROP COLUMN extra',
        });
        const storm = await failureOf(await cluster.start('backUpDatabase', { database, fingerprint: 'none' }));
        expect(storm).toMatchObject({ type: 'SchemaChanging' });
        expect(storm.message).toMatch(/5 snapshots in a row.*without DDL \(look for cron jobs/);
        await cluster.disarm();
        expect(await cluster.backupStates(database)).toEqual(['committed', 'failed']);
      });
    },
  );

  it.concurrent(
    '28, 31: access is denied after preflight; the store is unavailable for longer than it is waited for: StoreUnavailable, nothing is listed',
    async () => {
      await onFaultyStore({ dialect: '2025.1', timing: { phaseDeadline: '8s' } }, async (cluster, store) => {
        const database = await bulky(cluster);
        const denied = await cluster.start('backUpDatabase', { database });
        await untilPending(denied, 'createSnapshot');
        store.arm('deny', PUT_OF_DATA, Infinity);
        const forbidden = await failureOf(denied);
        expect(forbidden.type).toBe('StoreUnavailable'); // final: waiting gives nobody a right
        expect(forbidden.message).toMatch(/AccessDenied|access denied/i);
        store.disarm();
        await cluster.untilClean();

        const handle = await cluster.start('backUpDatabase', { database, whenBusy: 'wait', ...SLOW });
        await untilCopying(handle);
        await awayUntilSnapshotDeleted(cluster, store, database);
        const away = await failureOf(handle);
        expect(away.type).toBe('StoreUnavailable');
        expect(away.message).toMatch(/ECONNRESET.*check the store and the network/);
        expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
        expect(await cluster.backupStates(database)).toEqual(['failed', 'failed']);
      });
    },
  );
});
