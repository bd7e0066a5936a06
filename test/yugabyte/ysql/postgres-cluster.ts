import { Client } from 'pg';
import { openYugabyte, type Yugabyte } from '../../../src/yugabyte';
import { FakeTools } from '../fake-tools';
import { startTemporaryPostgres, type TemporaryPostgres } from './temporary-postgres';

/** A PostgreSQL server as a cluster: its psql and pg_dump under the names of YugabyteDB's tools. */
export interface PostgresCluster {
  postgres: TemporaryPostgres;
  address: { host: string; port: number; user: string };
  tools: FakeTools;
  yugabyte: Yugabyte;
  /** As someone who is not Kalpa. */
  sql(database: string, text: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** The real tools without the arguments that only YugabyteDB knows. */
export function wrapTools(tools: FakeTools, bin: string): void {
  for (const [name, real] of [
    ['ysqlsh', 'psql'],
    ['ysql_dump', 'pg_dump'],
    ['ysql_dumpall', 'pg_dumpall'],
  ] as const)
    tools.write(
      name,
      `for a do shift; case "$a" in --masters=*|--include-yb-metadata|--serializable-deferrable) ;; *) set -- "$@" "$a";; esac; done\nexec ${bin}/${real} "$@"`,
    );
}

export async function openPostgresCluster(): Promise<PostgresCluster> {
  const postgres = await startTemporaryPostgres();
  const tools = new FakeTools();
  wrapTools(tools, postgres.bin);
  const address = { host: postgres.host, port: postgres.port, user: 'yugabyte' };
  const sql = async (database: string, text: string): Promise<Record<string, unknown>[]> => {
    const client = new Client({ ...address, database });
    await client.connect();
    try {
      const result = (await client.query(text)) as { rows?: Record<string, unknown>[] };
      return result.rows ?? [];
    } finally {
      await client.end();
    }
  };
  await sql('postgres', 'CREATE DATABASE yugabyte');
  return {
    postgres,
    address,
    tools,
    yugabyte: openYugabyte(tools.config({ ysql: { ...address, database: 'yugabyte' } })),
    sql,
    stop: async () => {
      await postgres.stop();
      tools.remove();
    },
  };
}
