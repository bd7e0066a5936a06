import { Pool, type ClientBase, type QueryResultRow } from 'pg';
import { configOf, type Postgres } from './connect';

const MAX_CONNECTIONS = 4;
const IDLE_TIMEOUT_MS = 2_000;

/**
 * One cluster's pooled connections, for frequent reads that leave nothing in their session: opening a connection takes
 * ten times as long as a read. Only for `postgres`, where an open connection blocks nothing, and for the databases of
 * keyspaces, which the emulator alone drops, with FORCE; elsewhere it would block DROP and ALTER DATABASE.
 */
export class ConnectionPool {
  private readonly pools = new Map<string, Pool>();

  constructor(private readonly postgres: Postgres) {}

  async run<T>(database: string, work: (client: ClientBase) => Promise<T>): Promise<T> {
    const client = await this.poolOf(database).connect();
    let failed = true;
    try {
      const result = await work(client);
      failed = false;
      return result;
    } finally {
      client.release(failed);
    }
  }

  /** Reads what is cluster-wide; once more on a new connection if the first one was lost. */
  async read<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const query = async (client: ClientBase): Promise<Row[]> => (await client.query<Row>(text, [...values])).rows;
    return await this.run('postgres', query).catch(async () => await this.run('postgres', query));
  }

  async end(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map(async (pool) => await pool.end()));
  }

  private poolOf(database: string): Pool {
    const existing = this.pools.get(database);
    if (existing) return existing;
    const pool = new Pool({
      ...configOf(this.postgres, database),
      max: MAX_CONNECTIONS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      allowExitOnIdle: true,
    });
    pool.on('error', () => undefined); // an idle connection was lost: the next read opens another one
    this.pools.set(database, pool);
    return pool;
  }
}
