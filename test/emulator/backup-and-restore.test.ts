import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, schemaOf, withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';
import { restoreAs, stateOf, takeSnapshot } from './snapshot-cycle';

const WIDE = readFileSync(join(__dirname, '../support/cluster/wide-database.sql'), 'utf8');

// The same procedure in dialect 2.6, on a small database: dialects.test.ts.
describe('a database of 27,000 rows and every common type', () => {
  let cluster: EmulatedCluster;
  beforeAll(async () => {
    cluster = await EmulatedCluster.start('2025.1');
    await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE shop'));
    await withSql(cluster.address, 'shop', async (sql) => await sql.query(WIDE));
  });
  afterAll(async () => {
    await cluster.stop();
  });

  it('comes back row by row under another name, and again from the copy', async () => {
    const snapshot = await takeSnapshot(cluster, 'ysql.shop');
    const before = await contentOf(cluster.address, 'shop');
    await withSql(
      cluster.address,
      'shop',
      async (sql) => await sql.query('DELETE FROM order_lines; DROP TABLE ledger'),
    );
    await withSql(
      cluster.address,
      'shop',
      async (sql) => await sql.query('CREATE TABLE ledger (account integer PRIMARY KEY, balance bigint NOT NULL)'),
    );

    const imported = await restoreAs(cluster, { database: 'shop', snapshot, tserver: 1 }, 'shop_again');
    expect(await contentOf(cluster.address, 'shop_again')).toEqual(before);
    const { sequences: _, ...schema } = await schemaOf(cluster.address, 'shop');
    expect(await schemaOf(cluster.address, 'shop_again')).toMatchObject(schema);

    const second = await takeSnapshot(cluster, 'ysql.shop_again');
    await restoreAs(cluster, { database: 'shop_again', snapshot: second, tserver: 2 }, 'third');
    expect(await contentOf(cluster.address, 'third')).toEqual(before);

    for (const id of [imported, snapshot, second]) {
      expect(await cluster.admin('delete_snapshot', id)).toBe(`Deleted snapshot: ${id}\n`);
      await until(async () => (await stateOf(cluster, id)) === undefined, 'the snapshot to leave the list');
    }
  });
});
