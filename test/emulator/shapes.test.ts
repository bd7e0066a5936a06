import { contentOf, schemaOf, withSql } from '../support/sql';
import { EmulatedCluster } from './emulated-cluster';
import { restoreAs, takeSnapshot } from './snapshot-cycle';

const TOGETHER = `
  CREATE TABLE customers (id serial PRIMARY KEY, name text UNIQUE);
  INSERT INTO customers (name) SELECT 'Customer ' || i FROM generate_series(1, 300) i;
  CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES customers (id), total numeric);
  INSERT INTO orders SELECT i, 1 + i % 300, i / 7.0 FROM generate_series(1, 500) i;
  CREATE INDEX orders_by_customer ON orders (customer ASC, total DESC);
  CREATE TABLE no_key (what text);
  INSERT INTO no_key SELECT 'event ' || i % 20 FROM generate_series(1, 100) i;
  CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) AS total FROM orders GROUP BY 1;
  UPDATE orders SET total = total + 1 WHERE id % 3 = 0;
  DELETE FROM customers WHERE id > 290 AND id NOT IN (SELECT customer FROM orders)`;

describe.each([
  { dialect: '2025.1', option: 'colocation', number: 'colocation_id' },
  { dialect: '2.6', option: 'colocated', number: 'table_oid' },
] as const)('a colocated database of $dialect', ({ dialect, option, number }) => {
  let cluster: EmulatedCluster;
  const parent = new RegExp(`^[0-9a-f]{32}\\.${option}\\.parent\\.uuid$`);
  beforeAll(async () => {
    cluster = await EmulatedCluster.start(dialect);
    await withSql(cluster.address, 'yugabyte', async (sql) => {
      await sql.query(`CREATE DATABASE together WITH ${option} = true`);
      await sql.query('CREATE DATABASE apart');
    });
    await withSql(cluster.address, 'together', async (sql) => {
      await sql.query(TOGETHER);
      await sql.query(`CREATE TABLE alone (id integer PRIMARY KEY, v text) WITH (${option} = false) SPLIT INTO 2 TABLETS`);
      await sql.query(`INSERT INTO alone SELECT i, 'v' || i FROM generate_series(1, 40) i`);
    });
  });
  afterAll(async () => {
    await cluster.stop();
  });

  it('has all tables in one tablet, and says so in the dump, the pages and the snapshot', async () => {
    const dump = (await cluster.run('ysql_dump', ['--include-yb-metadata', '--create', '--schema-only', 'together'])).stdout;
    expect(dump).toMatch(new RegExp(`^CREATE DATABASE together .* ${option} = true;$`, 'm'));
    expect(dump).toMatch(new RegExp(`CONSTRAINT orders_pkey PRIMARY KEY\\(id ASC\\)\\n\\)\\nWITH \\(${number}='2000\\d'\\);`));
    expect(dump).toMatch(new RegExp(`CREATE INDEX .*orders_by_customer ON public.orders USING lsm \\(customer ASC, total DESC\\) WITH \\(${number}=2000\\d\\);`));
    expect(dump).toContain(`CONSTRAINT alone_pkey PRIMARY KEY((id) HASH)\n)\nWITH (${option}='false')\nSPLIT INTO 2 TABLETS;`);

    const page = (await cluster.page('/dump-entities')) as { tables: { table_id: string; table_name: string }[]; tablets: { table_id: string }[] };
    const group = page.tables.find(({ table_id: id }) => parent.test(id));
    expect(group?.table_name).toBe(group?.table_id.replace('.uuid', '.tablename'));
    expect(page.tablets.filter(({ table_id: id }) => id === group?.table_id)).toHaveLength(1);
    const idOf = (name: string) => page.tables.find(({ table_name: found }) => found === name)?.table_id;
    expect(page.tablets.filter(({ table_id: id }) => id === idOf('orders'))).toEqual([]);
    expect(page.tablets.filter(({ table_id: id }) => id === idOf('alone'))).toHaveLength(2);
    const tablets = await cluster.admin('list_tablets', 'ysql.together', 'orders', '0');
    expect(tablets).toBe(await cluster.admin('list_tablets', 'ysql.together', 'customers', '0'));
    expect(tablets.trim().split('\n')).toHaveLength(2);
    if (dialect !== '2.6') expect(await cluster.admin('list_namespaces')).toMatch(/^together .* RUNNING true$/m);
  });

  it('comes back under another name, and again from the copy', async () => {
    const before = await contentOf(cluster.address, 'together');
    const snapshot = await takeSnapshot(cluster, 'ysql.together');
    await withSql(cluster.address, 'together', async (sql) => {
      await sql.query('DELETE FROM orders WHERE id < 100; UPDATE no_key SET what = what || 1; REFRESH MATERIALIZED VIEW totals');
    });
    await restoreAs(cluster, { database: 'together', snapshot, tserver: 1 }, 'copy');
    expect(await contentOf(cluster.address, 'copy')).toEqual(before);
    const { sequences: _, ...schema } = await schemaOf(cluster.address, 'together');
    expect(await schemaOf(cluster.address, 'copy')).toMatchObject(schema);
    const second = await takeSnapshot(cluster, 'ysql.copy');
    await restoreAs(cluster, { database: 'copy', snapshot: second, tserver: 2 }, 'again');
    expect(await contentOf(cluster.address, 'again')).toEqual(before);
  });

  it('is imported into a colocated database only', async () => {
    const snapshot = await takeSnapshot(cluster, 'ysql.together');
    await cluster.admin('export_snapshot', snapshot, `${cluster.options.home}/colocated.snapshot`);
    const into = await cluster.ybAdmin('import_snapshot', `${cluster.options.home}/colocated.snapshot`, 'ysql.apart');
    expect(into.code).toBe(1);
    expect(into.stderr).toMatch(/Created table not found: [0-9a-f]{32}\.\w+\.parent\.uuid/);
  });
});
