import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { parse } from 'yaml';

/** How a test's SQL reaches the cluster. */
export interface SqlAddress {
  host: string;
  port: number;
  user: string;
  password?: string;
}

/**
 * Where clients of a cluster connect, as its configuration says. Behind a stack's own `ysql` is the PostgreSQL alone,
 * which knows nothing of YSQL's words and whose DDL nothing holds up.
 */
export function clientAddress({ config, ysql }: { config: string; ysql: SqlAddress }): SqlAddress {
  const { host, port } = (parse(readFileSync(config, 'utf8')) as { ysql: { host: string; port: number } }).ysql;
  return { ...ysql, host, port };
}

/** Runs statements on one connection, closed afterwards. */
export async function withSql<T>(
  address: SqlAddress,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ ...address, database });
  client.on('error', () => undefined); // the statement that it breaks off fails by itself
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Double-quoted identifier. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Names of the databases, without templates. */
export async function databaseNames(address: SqlAddress): Promise<string[]> {
  return await withSql(address, 'yugabyte', async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1',
    );
    return rows.map(({ datname }) => datname);
  });
}

/** One line of text for each row of every table, sorted: equal texts are equal contents, duplicates counted. */
export async function contentOf(
  address: SqlAddress,
  database: string,
): Promise<Record<string, { rows: number; digest: string }>> {
  return await withSql(address, database, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT LIKE '%emulator%' ORDER BY 1`,
    );
    const content: Record<string, { rows: number; digest: string }> = {};
    await client.query("SET timezone = 'UTC'; SET extra_float_digits = 3; SET bytea_output = 'hex'");
    for (const { name } of tables) {
      const { rows } = await client.query<{ rows: string; digest: string }>(
        `SELECT count(*) AS rows, coalesce(md5(string_agg(line, E'\\n' ORDER BY line COLLATE "C")), '') AS digest FROM (SELECT t::text AS line FROM ${name} t) lines`,
      );
      content[name] = { rows: Number(rows[0]?.rows), digest: rows[0]?.digest ?? '' };
    }
    return content;
  });
}

/**
 * What the catalogue holds beside rows: relations, columns, constraints, indexes, functions, enum labels, sequences.
 */
export async function schemaOf(address: SqlAddress, database: string): Promise<Record<string, unknown[]>> {
  const queries = {
    relations: `SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE %FILTER% ORDER BY 1, 2`,
    columns: `SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid) AS value
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm') AND %FILTER% ORDER BY 1, 2, a.attnum`,
    constraints: `SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid) AS definition FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE %FILTER% ORDER BY 1, 2, 3`,
    indexes: `SELECT n.nspname, c.relname, pg_get_indexdef(c.oid) AS definition FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('i', 'I') AND %FILTER% ORDER BY 1, 2`,
    labels: `SELECT t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid ORDER BY 1, e.enumsortorder`,
    functions: `SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE %FILTER% ORDER BY 1, 2`,
    sequences: `SELECT schemaname, sequencename, last_value, increment_by FROM pg_sequences WHERE schemaname NOT LIKE '%emulator%' ORDER BY 1, 2`,
    comments: `SELECT c.relname, d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE %FILTER% ORDER BY 1`,
  };
  const filter = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT LIKE '%emulator%'`;
  return await withSql(address, database, async (client) => {
    const found: Record<string, unknown[]> = {};
    for (const [what, sql] of Object.entries(queries)) {
      found[what] = (await client.query(sql.replaceAll('%FILTER%', filter))).rows;
    }
    return found;
  });
}
