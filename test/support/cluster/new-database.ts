import type { StackJson } from '../../../stack/stack-json';
import { quoted, withSql } from './sql';

/** Makes a database that no other test has, with this content. Returns its bare name. */
export async function newDatabase({ ysql }: StackJson, base: string, content?: string): Promise<string> {
  const name = `${base}_${Date.now().toString(36)}`;
  await withSql(ysql, 'yugabyte', async (sql) => await sql.query(`CREATE DATABASE ${quoted(name)}`));
  if (content !== undefined) await withSql(ysql, name, async (sql) => await sql.query(content));
  return name;
}

/** A few tables with an index, a sequence and a foreign key: what most faults need, quickly made. */
export const SMALL = `
  CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL UNIQUE, born date);
  CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL REFERENCES customers, total numeric(12, 2), tags text[]);
  CREATE INDEX orders_by_customer ON orders (customer);
  INSERT INTO customers (name, born) SELECT 'customer ' || n, date '1970-01-01' + n FROM generate_series(1, 500) n;
  INSERT INTO orders (customer, total, tags) SELECT 1 + n % 500, n * 1.25, ARRAY['t' || n % 7] FROM generate_series(1, 2000) n;
`;
