import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { StackJson } from './stack-json';
import { packageFolder } from './tools';

/** The demo's database. */
export const DEMO = 'orders';

/** Runs SQL on one connection to the emulated cluster. */
export async function withSql<T>(
  { ysql }: Pick<StackJson, 'ysql'>,
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

/** Makes the demo's database when it is not there. */
export async function seedDemo(stack: Pick<StackJson, 'ysql'>): Promise<void> {
  const there = await withSql(
    stack,
    'yugabyte',
    async (client) => (await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DEMO])).rowCount,
  );
  if (there === 1) return;
  await withSql(stack, 'yugabyte', async (client) => await client.query(`CREATE DATABASE ${DEMO}`));
  await withSql(
    stack,
    DEMO,
    async (client) => await client.query(readFileSync(join(packageFolder, 'stack', 'demo-orders.sql'), 'utf8')),
  );
}

/** Rows and a digest of every table, to compare two databases row by row. */
export async function contentOf(
  stack: Pick<StackJson, 'ysql'>,
  database: string,
): Promise<Record<string, { rows: number; digest: string }>> {
  return await withSql(stack, database, async (client) => {
    const tables = await client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    );
    const content: Record<string, { rows: number; digest: string }> = {};
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ rows: string; digest: string }>(
        `SELECT count(*) AS rows, md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS digest FROM "${name}" t`,
      );
      content[name] = { rows: Number(rows[0]?.rows), digest: rows[0]?.digest ?? '' };
    }
    return content;
  });
}
