import type { Client } from 'pg';
import { quoted, withDatabase, type Postgres } from '../postgres/connect';
import { SCHEMA } from '../sql/names';
import { endingBlockers } from '../postgres/end-blockers';

interface Sequence {
  name: string;
  value: string | null;
}

const USER_SCHEMAS = "nspname !~ '^pg_' AND nspname <> 'information_schema'";

/**
 * Gives a database an older schema, empty, in one transaction. Sequences keep their present values, as those of the
 * real database do (they are rows of another database).
 */
export async function rebuildSchema(postgres: Postgres, database: string, sql: string): Promise<void> {
  await withDatabase(postgres, database, async (client) => {
    await endingBlockers(postgres, client, async () => {
      await rebuild(client, sql);
    });
  });
}

async function rebuild(client: Client, sql: string): Promise<void> {
  const sequences = await sequencesOf(client);
  await client.query('BEGIN');
  const { rows } = await client.query<{ nspname: string }>(`SELECT nspname FROM pg_namespace WHERE ${USER_SCHEMAS}`);
  for (const { nspname } of rows) await client.query(`DROP SCHEMA ${quoted(nspname)} CASCADE`);
  await client.query(`SELECT ${SCHEMA}.drop_tablegroup(grpname, true) FROM ${SCHEMA}.tablegroup`);
  await client.query('CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC');
  await client.query(sql);
  await client.query('SET search_path = pg_catalog');
  for (const { name, value } of sequences)
    if (value !== null)
      await client.query('SELECT setval($1::text::regclass, $2::bigint) WHERE to_regclass($1::text) IS NOT NULL', [
        name,
        value,
      ]);
  await client.query('COMMIT');
}

async function sequencesOf(client: Client): Promise<Sequence[]> {
  const { rows } = await client.query<Sequence>(
    `SELECT format('%I.%I', schemaname, sequencename) AS name, last_value::text AS value FROM pg_sequences`,
  );
  return rows;
}
