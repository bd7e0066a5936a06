import { contentOf, withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';
import {
  copySchema,
  importInto,
  placeFiles,
  restorationId,
  restoreAs,
  startedId,
  stateOf,
  takeSnapshot,
  untilState,
} from './snapshot-cycle';

let cluster: EmulatedCluster;
beforeAll(async () => {
  cluster = await EmulatedCluster.start('2025.1', { snapshotMs: 400, restoreMs: 400, deleteMs: 200 });
  await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE orders'));
  await withSql(
    cluster.address,
    'orders',
    async (sql) =>
      await sql.query(
        "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 5000) i",
      ),
  );
});
afterAll(async () => {
  await cluster.stop();
});

const restart = async (): Promise<void> => {
  await cluster.killEmulator();
  await cluster.startEmulator();
};

it('finishes a snapshot, a restoration and a deletion that a kill interrupted', async () => {
  // Armed faults end with the process, so each holds its work up until the kill and not longer.
  await cluster.control('POST /faults', { name: 'snapshot-stays-creating' });
  const snapshot = startedId(await cluster.admin('create_database_snapshot', 'orders'));
  await restart();
  await untilState(cluster, snapshot, 'COMPLETE');

  await copySchema(cluster, 'orders', 'again');
  const imported = await importInto(cluster, snapshot, 'again');
  placeFiles(cluster, { snapshot, tserver: 1 }, imported);
  await cluster.control('POST /faults', { name: 'restoration-hangs' });
  const restoration = restorationId(await cluster.admin('restore_snapshot', imported.id));
  await restart();
  await untilState(cluster, restoration, 'RESTORED');
  expect(await contentOf(cluster.address, 'again')).toEqual(await contentOf(cluster.address, 'orders'));

  await cluster.admin('delete_snapshot', imported.id);
  await restart();
  await until(async () => (await stateOf(cluster, imported.id)) === undefined, 'the deletion to end');
  expect(await stateOf(cluster, snapshot)).toBe('COMPLETE');
});

it('loses and repeats no row when it is killed while it writes files', async () => {
  await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE busy'));
  await withSql(cluster.address, 'busy', async (sql) => await sql.query('CREATE TABLE keyless (a int, b text)'));
  for (const round of [1, 2, 3, 4]) {
    await withSql(
      cluster.address,
      'busy',
      async (sql) =>
        await sql.query(
          `INSERT INTO keyless SELECT i % 10, repeat('x', 50) FROM generate_series(1, 15000) i; DELETE FROM keyless WHERE ctid IN (SELECT ctid FROM keyless WHERE a = ${round} LIMIT 100)`,
        ),
    );
    const listing = cluster.ybAdmin('list_tables'); // brings the files up to date
    await new Promise((resolve) => setTimeout(resolve, 60 * round)); // a kill at another moment of it each time
    await cluster.killEmulator();
    await listing;
    await cluster.startEmulator();
  }
  const snapshot = await takeSnapshot(cluster, 'busy');
  await restoreAs(cluster, { database: 'busy', snapshot }, 'busy_again');
  expect(await contentOf(cluster.address, 'busy_again')).toEqual(await contentOf(cluster.address, 'busy'));
});
