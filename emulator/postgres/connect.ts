import { readFileSync } from 'node:fs';
import { Client, type ClientConfig } from 'pg';
import type { EmulatorOptions } from '../options';

/** Makes every value print in only one way, whatever a database or role sets. */
const ONE_TEXT = `SET datestyle = 'ISO, MDY'; SET timezone = 'UTC'; SET extra_float_digits = 3; SET bytea_output = 'hex';
  SET intervalstyle = 'postgres'; SET xmloption = 'content'; SET lc_monetary = 'C'; SET search_path = pg_catalog; SET client_min_messages = warning`;

/**
 * Settings that a database or role sets for its sessions must not affect these: the real tablet servers write files,
 * not rows.
 */
const UNHINDERED = Object.entries({
  default_transaction_read_only: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  row_security: 'off',
  role: 'none',
})
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/** The emulator's own connections, so that they are not mistaken for a user's. */
export const APPLICATION_NAME = 'yb-emulator';

export type Postgres = EmulatorOptions['postgres'];

export async function connect(
  postgres: Postgres,
  database: string,
  more: ClientConfig & { replication?: 'database' } = {},
): Promise<Client> {
  const client = new Client({ ...configOf(postgres, database), ...more });
  client.on('error', () => undefined); // the server closed the connection; the next query reports it
  await client.connect();
  if (more.replication === undefined) await client.query(ONE_TEXT);
  return client;
}

export const configOf = (postgres: Postgres, database: string): ClientConfig => ({
  host: postgres.host,
  port: postgres.port,
  user: postgres.user,
  ...passwordOf(postgres),
  database,
  application_name: APPLICATION_NAME,
  options: UNHINDERED,
});

/** Also for the tools that the emulator itself starts: `PGPASSWORD`. */
export const passwordOf = ({ passwordFile }: Postgres): { password?: string } =>
  passwordFile === undefined ? {} : { password: readFileSync(passwordFile, 'utf8') };

/** Runs work on one connection, which is closed at once: an open one would be in the way of DROP and ALTER DATABASE. */
export async function withDatabase<T>(
  postgres: Postgres,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(postgres, database);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
