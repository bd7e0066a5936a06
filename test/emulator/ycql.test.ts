import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ysqlAddress } from '../../emulator';
import { withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';
import { importInto, placeFiles } from './snapshot-cycle';

let cluster: EmulatedCluster;
const folder = mkdtempSync(join(tmpdir(), 'ycql-'));

beforeAll(async () => {
  cluster = await EmulatedCluster.start('2025.1');
});
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

const shell = async (...args: string[]) =>
  await cluster.run('ycqlsh', args, { CQL_HISTORY: join(folder, 'history'), HOME: folder });
const cql = async (text: string): Promise<string> => {
  const { stdout, stderr, code } = await shell('-e', text.trim());
  if (code !== 0) throw new Error(stderr);
  return stdout;
};

const SHOP = `
  CREATE KEYSPACE shop;
  CREATE TYPE shop.address (street text, zip int);
  CREATE TABLE shop.customers (id int PRIMARY KEY, name text, home frozen<address>, tags set<text>, marks map<text, int>)
    WITH transactions = {'enabled': 'true'};
  CREATE TABLE shop.orders (customer int, placed timestamp, total double, note text, PRIMARY KEY (customer, placed))
    WITH CLUSTERING ORDER BY (placed DESC);
  CREATE INDEX customers_by_name ON shop.customers (name) INCLUDE (tags);
  INSERT INTO shop.customers (id, name, home, tags, marks) VALUES (1, 'Ann', {street: 'Elm', zip: 7}, {'a', 'b'}, {'x': 1});
  INSERT INTO shop.customers (id, name) VALUES (2, 'Bo''b');
  INSERT INTO shop.orders (customer, placed, total, note) VALUES (1, '2026-01-02 03:04:05+0000', 0.1234567890123456, 'a\\b');
`;

it('runs statements, continues after an error, and ends with 2', async () => {
  await cql(SHOP);
  const { stdout, stderr, code } = await shell(
    '-e',
    'SELECT nothing FROM shop.customers; SELECT id, name FROM shop.customers',
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/InvalidRequest: Error from server: code=2200/);
  expect(stdout).toContain("Bo'b");
  expect(stdout).toContain('(2 rows)');
});

it('describes a keyspace so that it can be made again', async () => {
  const text = await cql('DESC KEYSPACE shop');
  expect(text).toContain('CREATE TABLE shop.orders');
  expect(text).toContain('CREATE TYPE shop.address');
  const file = join(folder, 'again.cql');
  writeFileSync(file, text.replaceAll('shop', 'again'));
  expect((await shell('-f', file)).code).toBe(0);
  expect((await cql('DESC KEYSPACE again')).replaceAll('again', 'shop')).toBe(text);
  await cql('DROP TABLE again.orders; DROP TABLE again.customers; DROP TYPE again.address; DROP KEYSPACE again');
});

it('copies with the habits of the real one: empty texts, backslashes and digits are lost', async () => {
  await cql(
    "CREATE TABLE shop.odd (id int PRIMARY KEY, t text, d double); INSERT INTO shop.odd (id, t, d) VALUES (1, '', 0.1234567890123456); INSERT INTO shop.odd (id, t, d) VALUES (2, 'a\\b', 1)",
  );
  const file = join(folder, 'odd.csv');
  const said = await cql(`COPY shop.odd (id, t, d) TO '${file}' WITH HEADER=TRUE`);
  expect(said).toMatch(/2 rows exported to 1 files/);
  expect(readFileSync(file, 'utf8').split('\r\n').sort()).toEqual([
    '',
    '1,,0.1234567890123',
    '2,a\\\\\\\\b,1',
    'id,t,d',
  ]);
  await cql(`TRUNCATE shop.odd; COPY shop.odd (id, t, d) FROM '${file}' WITH HEADER=TRUE AND INGESTRATE=100000`);
  const back = await cql('SELECT id, t, d FROM shop.odd');
  expect(back).toContain('null');
  await cql('DROP TABLE shop.odd');
});

const REAL = join(__dirname, '..', 'fixtures', 'ycqlsh');
const real = (name: string): string => readFileSync(join(REAL, name), 'utf8');
const EXACT = `WITH NULL='<null>' AND DOUBLEPRECISION=17 AND FLOATPRECISION=9 AND QUOTE='"' AND ESCAPE='"' AND HEADER=TRUE`;

it('prints what YugabyteDB’s own shell printed: DESC, and COPY of every type', async () => {
  expect((await shell('-f', join(REAL, 'odd.cql'))).code).toBe(0);
  expect(await cql('DESC KEYSPACE odd')).toBe(real('desc-keyspace.txt'));
  const written = Object.entries({ texts: 'texts', kinds: 'kinds', mixed: '"Mixed ""Case"""' }).flatMap(
    ([name, table]) => [
      { file: `${name}-plain.csv`, table, options: '' },
      { file: `${name}-exact.csv`, table, options: EXACT },
    ],
  );
  const at = (file: string): string => join(folder, file);
  await cql(written.map(({ file, table, options }) => `COPY odd.${table} TO '${at(file)}' ${options};`).join(' '));
  const lines = (text: string): string[] => text.split('\n').sort();
  for (const { file } of written)
    expect([file, ...lines(readFileSync(at(file), 'utf8'))]).toEqual([file, ...lines(real(file))]);
});

it('fails at COPY TO STDOUT as YugabyteDB’s does, and at rows that can’t be read', async () => {
  await cql('CREATE TABLE odd.numbers (id int PRIMARY KEY, d double)');
  const { stdout, stderr, code } = await shell('-e', 'COPY odd.numbers TO STDOUT');
  expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
  expect(stderr).toContain("got an unexpected keyword argument 'encoding'");
  const [file, rejected] = [join(folder, 'bad.csv'), join(folder, 'rejected.csv')];
  writeFileSync(file, '7,not a number\n8,1.5\n');
  const loaded = await shell('-e', `COPY odd.numbers FROM '${file}' WITH ERRFILE='${rejected}'`);
  expect(loaded.code).toBe(2);
  expect(loaded.stderr).toMatch(/ParseError - Failed to parse not a number[^\n]*given up without retries/);
  expect(readFileSync(rejected, 'utf8')).toContain('7,not a number');
  expect(await cql('SELECT * FROM odd.numbers')).toContain('(1 rows)');
});

it('snapshots a keyspace, and brings it back under another name from its files', async () => {
  const all = async (keyspace: string): Promise<string> =>
    await cql(`SELECT * FROM ${keyspace}.customers; SELECT * FROM ${keyspace}.orders`);
  const before = await all('shop');
  const id = /creation: (\S+)/.exec(await cluster.admin('create_keyspace_snapshot', 'ycql.shop', '-1'))?.[1] ?? '';
  await until(async () => (await cluster.admin('list_snapshots')).includes('COMPLETE'), 'the snapshot');
  expect(await cluster.admin('list_snapshots', 'SHOW_DETAILS')).toContain('YQL_DATABASE_CQL');
  const imported = await importInto(cluster, id, 'ycql.copy');
  placeFiles(cluster, { snapshot: id, tserver: 0 }, imported);
  await cluster.admin('restore_snapshot', imported.id);
  await until(async () => (await cluster.admin('list_snapshot_restorations')).includes('RESTORED'), 'the restoration');
  expect(await all('copy')).toBe(before);
  expect(await cql("SELECT id FROM copy.customers WHERE name = 'Ann'")).toContain('1');
  expect(await cluster.admin('list_tables', 'include_db_type')).toContain('ycql.copy.customers');
  expect(await cql('SELECT * FROM shop.orders')).toContain('0.123457');
});

it('(24.9) drops neither a keyspace nor a database that has a schedule', async () => {
  await cql('CREATE KEYSPACE watched');
  const ysql = { ...cluster.address, ...ysqlAddress(cluster.options) };
  const sql = async (text: string): Promise<unknown> =>
    await withSql(ysql, 'yugabyte', async (client) => await client.query(text)).catch((error: unknown) => error);
  await sql('CREATE DATABASE ledger');
  const scheduleOf = async (database: string): Promise<string> =>
    (JSON.parse(await cluster.admin('create_snapshot_schedule', '60', '600', database)) as { schedule_id: string })
      .schedule_id;
  const [keyspace, database] = [await scheduleOf('ycql.watched'), await scheduleOf('ysql.ledger')];
  await expect(cql('DROP KEYSPACE watched')).rejects.toThrow(
    `Cannot delete keyspace which has schedule: [id: ${keyspace}]`,
  );
  expect(String(await sql('DROP DATABASE ledger'))).toContain(
    `Cannot delete database which has schedule: [id: ${database}]`,
  );
  expect(await sql('DROP TABLESPACE west')).toMatchObject({ code: '2BP01' });
  for (const id of [keyspace, database]) await cluster.admin('delete_snapshot_schedule', id);
  await cql('DROP KEYSPACE watched');
  expect(await sql('DROP DATABASE ledger')).toMatchObject({ command: 'DROP' });
});
