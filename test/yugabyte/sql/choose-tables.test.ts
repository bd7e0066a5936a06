import { Client } from 'pg';
import { openYugabyte, qualifiedName, shownName, type Yugabyte } from '../../../src/yugabyte';
import { FakeTools } from '../fake-tools';
import { startTemporaryPostgres, type TemporaryPostgres } from './temporary-postgres';

const tools = new FakeTools();
let postgres: TemporaryPostgres;
let yugabyte: Yugabyte;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  const address = { host: postgres.host, port: postgres.port, user: 'yugabyte', database: 'postgres' };
  yugabyte = openYugabyte(tools.config({ ysql: address }));
  const client = new Client(address);
  await client.connect();
  await client.query(`
    CREATE TABLE customers (id serial PRIMARY KEY);
    CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers);
    CREATE SCHEMA sales;
    CREATE SEQUENCE sales.shared;
    CREATE TABLE sales.visits (at date, n int DEFAULT nextval('sales.shared')) PARTITION BY RANGE (at);
    CREATE TABLE sales.visits_2026 PARTITION OF sales.visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE VIEW sales.recent AS SELECT * FROM sales.visits;
    CREATE TABLE "odd.schema" (a int);
    CREATE TABLE "Mixed" (a int);`);
  await client.end();
});
afterAll(async () => {
  await postgres.stop();
  tools.remove();
});

const choose = async (...asked: string[]) => {
  const { chosen, others, unknown, outside } = await yugabyte.sql.chooseTables('postgres', asked);
  return { chosen: chosen.map(shownName), others: others.map(shownName), unknown, outside };
};

it('a table comes with its partitions and the sequences that it uses; everything else is named to be left out', async () => {
  expect(await choose('sales.visits')).toEqual({
    chosen: ['sales.visits', 'sales.visits_2026'],
    others: [
      'public.Mixed',
      'public.customers',
      'public.customers_id_seq',
      '"public"."odd.schema"',
      'public.orders',
      'sales.recent',
    ],
    unknown: [],
    outside: [],
  });
});

it('a foreign key to a table that was not chosen is told', async () => {
  expect(await choose('orders')).toMatchObject({ outside: [{ table: 'public.orders', refersTo: 'public.customers' }] });
  expect(await choose('orders', 'customers')).toMatchObject({
    outside: [],
    others: expect.not.arrayContaining(['public.customers_id_seq']),
  });
});

it('names are taken as they are typed, odd ones in double quotes', async () => {
  expect(await choose('Mixed', '"odd.schema"')).toMatchObject({
    chosen: ['public.Mixed', '"public"."odd.schema"'],
    unknown: [],
  });
  expect(await choose('mixed', 'sales.recent', 'a.b.c', '')).toMatchObject({
    chosen: [],
    unknown: ['mixed', 'sales.recent', 'a.b.c', ''],
  });
  expect(qualifiedName('"a""b"."c.d"')).toEqual({ schema: 'a"b', name: 'c.d' });
});
