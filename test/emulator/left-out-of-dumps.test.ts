import { withSql } from '../support/cluster/sql';
import { EmulatedCluster } from './emulated-cluster';

const CONTENT = `
  CREATE TABLE orders (id int, what text, CONSTRAINT orders_key PRIMARY KEY (id));
  CREATE INDEX orders_some ON orders (what) WHERE id > 10;`;

/** Told by the releases' notes: #10168 and #4806 of ysql_dump, #9762 of YCQL's catalogue. */
describe.each(['2.6', '2025.1'] as const)('24: what YugabyteDB %s says of a schema', (release) => {
  let cluster: EmulatedCluster;
  beforeAll(async () => {
    cluster = await EmulatedCluster.start(release);
  });
  afterAll(async () => {
    await cluster.stop();
  });

  const old = release === '2.6';
  const printed = async (tool: string, ...args: string[]): Promise<string> => {
    const { stdout, stderr, code } = await cluster.run(tool, args, { HOME: cluster.options.home });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    return stdout;
  };
  const ysqlsh = async (database: string, text: string): Promise<string> =>
    await printed('ysqlsh', '-X', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', text);

  it(`ysql_dump ${old ? 'leaves out' : 'has'} tablegroups and names of primary keys; a partial index keeps its WHERE`, async () => {
    await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE shop'));
    await ysqlsh('shop', CONTENT);
    await ysqlsh('shop', 'CREATE TABLEGROUP shelf; CREATE TABLE grouped (id int PRIMARY KEY) TABLEGROUP shelf');
    const text = await printed('ysql_dump', '--schema-only', '-d', 'shop');
    expect(text).toMatch(/CREATE INDEX .*orders_some ON public\.orders .* WHERE \(id > 10\);/);
    expect(text.includes('TABLEGROUP shelf')).toBe(!old);
    expect(text).toContain(old ? '\n    PRIMARY KEY((id) HASH)' : 'CONSTRAINT orders_key PRIMARY KEY((id) HASH)');
    // Such a text can be loaded.
    await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE copy'));
    await ysqlsh('copy', text.replace(/^\\.*$/gm, ''));
    const { rows } = await withSql(
      cluster.address,
      'copy',
      async (sql) =>
        await sql.query<{ conname: string }>(
          `SELECT conname FROM pg_constraint WHERE contype = 'p' AND connamespace = 'public'::regnamespace ORDER BY 1`,
        ),
    );
    expect(rows.map(({ conname }) => conname)).toEqual(['grouped_pkey', old ? 'orders_pkey' : 'orders_key']);
  });

  it(`${old ? 'refuses' : 'takes'} a snapshot of a database with tablegroups`, async () => {
    const { code, stderr } = await cluster.ybAdmin('create_database_snapshot', 'ysql.shop');
    expect([code, stderr]).toEqual(old ? [1, expect.stringMatching(/colocated\.parent\.uuid not found/)] : [0, '']);
  });

  it(`DESC ${old ? 'shows a partial index of YCQL like any other' : 'shows what a partial index of YCQL has'}`, async () => {
    const shell = async (text: string): Promise<string> => await printed('ycqlsh', '-e', text);
    await shell(
      `CREATE KEYSPACE shop; CREATE TABLE shop.t (id int PRIMARY KEY, "Kind" text, v int) WITH transactions = {'enabled': 'true'};
       CREATE INDEX t_some ON shop.t (v) INCLUDE ("Kind") WHERE v > 5 AND "Kind" != 'odd';
       CREATE INDEX t_all ON shop.t (v)`,
    );
    const text = await shell('DESC KEYSPACE shop');
    expect(text).toContain(
      `CREATE INDEX t_some ON shop.t (v, id) INCLUDE (Kind)${old ? '' : ` WHERE v > 5 AND Kind != 'odd'`}\n`,
    );
    expect(text).toMatch(/CREATE INDEX t_all ON shop\.t \(v, id\)\n/);
  });
});
