import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';

interface Tablet {
  table_name: string;
  table_id: string;
  state: string;
  hidden: boolean;
}

/** Every directory of a snapshot that stands on the disks of the first tserver, by table. */
function directoriesOf(cluster: EmulatedCluster, snapshotId: string): Record<string, number> {
  const rocksdb = join(cluster.options.home, 'tserver-1', 'yb-data', 'tserver', 'data', 'rocksdb');
  const found: Record<string, number> = {};
  for (const table of readdirSync(rocksdb))
    for (const tablet of readdirSync(join(rocksdb, table)).filter((name) => name.endsWith('.snapshots')))
      if (existsSync(join(rocksdb, table, tablet, snapshotId)))
        found[table.replace('table-', '')] = (found[table.replace('table-', '')] ?? 0) + 1;
  return found;
}

describe.each(['2.20', '2024.2'] as const)(
  '24.10: a table that is dropped after a snapshot, YugabyteDB %s',
  (release) => {
    let cluster: EmulatedCluster;
    beforeAll(async () => {
      cluster = await EmulatedCluster.start(release);
    });
    afterAll(async () => {
      await cluster.stop();
    });

    const keeps = release === '2024.2';

    const tablets = async (): Promise<Tablet[]> =>
      Object.values((await cluster.page('/api/v1/tablets', 0)) as Record<string, Tablet>);

    it(`${keeps ? 'stays, hidden, until the snapshot is deleted' : 'goes at once, and its part of the snapshot with it'}`, async () => {
      await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE shop'));
      await withSql(cluster.address, 'shop', async (sql) => {
        await sql.query('CREATE TABLE stays AS SELECT 1 AS id');
        await sql.query('CREATE TABLE goes AS SELECT 1 AS id');
        const said = await cluster.admin('create_database_snapshot', 'ysql.shop');
        const [id = ''] = /[0-9a-f-]{36}/.exec(said) ?? [];
        await until(async () => (await cluster.admin('list_snapshots')).includes('COMPLETE'), 'the snapshot');
        const before = await tablets();
        const [{ table_id: goes } = { table_id: '' }] = before.filter(({ table_name: name }) => name === 'goes');
        const [{ table_id: stays } = { table_id: '' }] = before.filter(({ table_name: name }) => name === 'stays');
        expect(directoriesOf(cluster, id)).toEqual({ [stays]: 3, [goes]: 3 });
        await sql.query('DROP TABLE goes');

        const after = (await tablets()).filter(({ table_id: table }) => table === goes);
        expect(after.map(({ state, hidden }) => ({ state, hidden }))).toEqual(
          keeps ? Array.from({ length: 3 }, () => ({ state: 'RUNNING', hidden: true })) : [],
        );
        expect(directoriesOf(cluster, id)).toEqual({ [stays]: 3, ...(keeps ? { [goes]: 3 } : {}) });
        expect(await cluster.admin('list_tables')).not.toContain('goes');
        const { tables } = (await cluster.page('/dump-entities')) as { tables: { table_id: string }[] };
        expect(tables.some(({ table_id: table }) => table === goes)).toBe(keeps);

        await cluster.admin('delete_snapshot', id);
        await until(
          async () => (await tablets()).every(({ table_id: table }) => table !== goes),
          'the dropped table to go with the snapshot',
        );
        await until(
          () => Object.keys(directoriesOf(cluster, id)).length === 0,
          'the directories of the snapshot to go',
        );
      });
    });
  },
);
