import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { StackJson } from '../stack-json';
import { packageFolder } from '../tools';

/** The demo's database. */
export const DEMO = 'orders';
/** The table that the tour drops; no other table refers to it. */
export const LOST_TABLE = 'order_lines';

type Cluster = Pick<StackJson, 'ysql'>;

/** The rows of each table as text, sorted. */
export type Content = Record<string, string[]>;

/** Runs SQL on one connection to the emulated cluster. */
export async function withSql<T>(
  { ysql }: Cluster,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ ...ysql, database });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Creates what is missing in the demo's database: everything at the first start, later a table that an interrupted tour
 * has dropped.
 */
export async function seedDemo(stack: Cluster): Promise<void> {
  await withSql(stack, 'yugabyte', async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DEMO]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DEMO}`);
  });
  await withSql(stack, DEMO, async (client) => {
    for (const [table, file] of [
      ['customers', 'demo-orders.sql'],
      [LOST_TABLE, 'demo-order-lines.sql'],
    ] as const) {
      const { rows } = await client.query<{ missing: boolean }>('SELECT to_regclass($1) IS NULL AS missing', [table]);
      if (rows[0]?.missing) await client.query(sqlFile(file)); // one message is one transaction: all or nothing
    }
  });
}

/** Copies the lost table back into the demo's database, with the rows of a restored copy. */
export async function giveTableBack(stack: Cluster, copy: string): Promise<void> {
  const rows = await withSql(stack, copy, async (client) => {
    const found = await client.query<{ rows: string }>(
      `SELECT coalesce(json_agg(t), '[]')::text AS rows FROM ${LOST_TABLE} t`,
    );
    return found.rows[0]?.rows ?? '[]';
  });
  const [definition = ''] = sqlFile('demo-order-lines.sql').split(/^INSERT /m);
  await withSql(stack, DEMO, async (client) => {
    await client.query('BEGIN');
    await client.query(definition);
    await client.query(`INSERT INTO ${LOST_TABLE} SELECT * FROM json_populate_recordset(NULL::${LOST_TABLE}, $1)`, [
      rows,
    ]);
    await client.query('COMMIT');
  });
}

/** Every row of every table, to compare two databases row by row. */
export async function contentOf(stack: Cluster, database: string): Promise<Content> {
  return await withSql(stack, database, async (client) => {
    const tables = await client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    );
    const content: Content = {};
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ line: string }>(
        `SELECT t::text AS line FROM "${name}" t ORDER BY t::text COLLATE "C"`,
      );
      content[name] = rows.map(({ line }) => line);
    }
    return content;
  });
}

const sqlFile = (name: string): string => readFileSync(join(packageFolder, 'stack/demo', name), 'utf8');
