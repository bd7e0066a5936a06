import { Client, type QueryResultRow } from 'pg';
import type { EmulatorOptions } from './options';

/** Runs statements on a short connection: a lasting one would keep people from dropping their database. */
export async function withDatabase<T>(
  { postgres }: Pick<EmulatorOptions, 'postgres'>,
  database: string,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const client = new Client({
    host: postgres.host,
    port: postgres.port,
    user: postgres.user,
    database,
    application_name: 'yugabyte-emulator',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(async (text, values) => (await client.query(text, values as unknown[])).rows as never);
  } finally {
    await client.end();
  }
}

export type Query = <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
