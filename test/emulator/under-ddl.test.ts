import { DdlStorm } from '../support/cluster/ddl-storm';
import { withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';

describe('under DDL without end', () => {
  let cluster: EmulatedCluster;
  beforeAll(async () => {
    cluster = await EmulatedCluster.start('2.6');
  });
  afterAll(async () => {
    await cluster.stop();
  });

  const made = async (name: string): Promise<void> => {
    await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query(`CREATE DATABASE ${name}`));
  };
  const listed = async (): Promise<string[]> =>
    (await cluster.admin('list_snapshots')).split('\n').filter((line) => /^[0-9a-f-]{36} /.test(line));

  it('24.10: a new database is followed, and a snapshot of it taken', async () => {
    await made('stormy');
    const storm = new DdlStorm(cluster.address, 'stormy', { sessions: 2, transactions: false });
    await until(() => Promise.resolve(storm.commits > 10), 'the storm');
    expect(await cluster.admin('create_database_snapshot', 'ysql.stormy')).toMatch(/^Started snapshot creation: /);
    await until(async () => (await listed()).some((line) => line.includes('COMPLETE')), 'the snapshot');
    await storm.end();
  });

  it('24.10: a snapshot is taken while a transaction is open that changed the schema of a new database', async () => {
    await made('undone');
    await withSql(cluster.address, 'undone', async (sql) => {
      await sql.query('CREATE TABLE stands (id int)');
      await sql.query('BEGIN; CREATE TABLE never AS SELECT 1 AS id');
      const before = new Set(await listed());
      await cluster.admin('create_database_snapshot', 'ysql.undone');
      await until(
        async () => (await listed()).some((line) => !before.has(line) && line.includes('COMPLETE')),
        'the snapshot',
      );
      await sql.query('ROLLBACK');
    });
  });

  it('24.10: a client that gives up before it asks the master gets no snapshot later', async () => {
    await made('late');
    await withSql(cluster.address, 'late', async (sql) => await sql.query('CREATE TABLE t (id int)'));
    const before = await listed();
    const { code, stderr } = await cluster.ybAdmin('--timeout_ms=1', 'create_database_snapshot', 'ysql.late');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Timed out/)]);
    await cluster.admin('create_database_snapshot', 'ysql.late'); // its flush comes after the other one
    await until(async () => (await listed()).every((line) => line.includes('COMPLETE')), 'the snapshot');
    expect(await listed()).toHaveLength(before.length + 1);
  });
});
