import { setTimeout as pause } from 'node:timers/promises';
import { SqlFailed } from '../../errors';
import { APPLICATION_NAME, type Query, type SqlConnection, type SqlOptions } from './sql-connection';

export interface ActiveConnection {
  pid: number;
  user: string;
  application: string;
  client?: string;
  state: string;
}

/** Who is connected to a database, on the node that was asked (each node lists its own). */
export async function activeConnections(
  sql: SqlConnection,
  database: string,
  options?: SqlOptions,
): Promise<ActiveConnection[]> {
  return await sql.use(
    sql.home,
    `list the connections to "${database}"`,
    async (query) => await connectionsTo(query, database),
    options,
  );
}

export async function connectionsTo(query: Query, database: string): Promise<ActiveConnection[]> {
  const rows = await query<{
    pid: number;
    user: string | null;
    application: string | null;
    client: string | null;
    state: string | null;
  }>(
    `SELECT pid, usename::text AS "user", application_name AS application, host(client_addr) AS client, state
       FROM pg_catalog.pg_stat_activity WHERE datname = $1 AND pid <> pg_catalog.pg_backend_pid() ORDER BY pid`,
    [database],
  );
  return rows.map(({ pid, user, application, client, state }) => ({
    pid,
    user: user ?? '',
    application: application ?? '',
    state: state ?? '',
    ...(client === null ? {} : { client }),
  }));
}

/** Ends everyone else's connections to a database, on the node that was asked. Returns their number. */
export async function endConnections(sql: SqlConnection, database: string, options?: SqlOptions): Promise<number> {
  const ended = await sql.use(
    sql.home,
    `end the connections to "${database}"`,
    async (query) =>
      await query(
        `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
          WHERE datname = $1 AND pid <> pg_catalog.pg_backend_pid() AND backend_type = 'client backend'`,
        [database],
      ),
    { ...options, mutates: true },
  );
  return ended.length;
}

/** Ends our own abandoned connections to a database; those of others are never touched. */
export async function endOwnConnections(query: Query, database: string): Promise<void> {
  await query(
    'SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1 AND application_name = $2 AND pid <> pg_catalog.pg_backend_pid()',
    [database, APPLICATION_NAME],
  );
}

/** How long a terminated session may take to end. */
const SESSION_END_TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 100;

/**
 * Ends our own sessions in a database and waits until they are gone, so that what they did is committed or rolled back:
 * a server that is blocked in a statement, or has lost its client silently, continues for hours. On the node that was
 * asked; each node lists its own. Fails with `SqlFailed` (transient).
 */
export async function endOwnSessions(sql: SqlConnection, database: string, options: SqlOptions = {}): Promise<void> {
  const action = `end Kalpa's earlier sessions in "${database}"`;
  const until = Date.now() + SESSION_END_TIMEOUT_MS;
  await sql.use(
    sql.home,
    action,
    async (query) => {
      for (;;) {
        await endOwnConnections(query, database);
        const left = (await connectionsTo(query, database)).filter(
          ({ application }) => application === APPLICATION_NAME,
        );
        if (left.length === 0) return;
        if (Date.now() > until) {
          const reason = `the server still has ${left.length}, the first with pid ${left[0]?.pid}, after ${SESSION_END_TIMEOUT_MS / 1000} s`;
          throw new SqlFailed(action, sql.home, undefined, reason, true, 'refused');
        }
        await pause(POLL_INTERVAL_MS, undefined, options.signal ? { signal: options.signal } : {});
      }
    },
    { ...options, mutates: true },
  );
}

/**
 * Our own sessions in which the server is still running a statement about a database (mainly `CREATE DATABASE`),
 * whether their client is gone or not: a server finishes a statement even if no one waits for the result. Each node
 * lists its own.
 */
export async function ownStatementsOn(query: Query, database: string): Promise<number[]> {
  const rows = await query<{ pid: number }>(
    `SELECT pid FROM pg_catalog.pg_stat_activity
      WHERE state = 'active' AND usename = current_user AND query ~* '^\\s*(CREATE|ALTER|DROP)\\s+DATABASE\\M' AND pg_catalog.strpos(query, $1) > 0
        AND pid <> pg_catalog.pg_backend_pid() ORDER BY pid`,
    [database],
  );
  return rows.map(({ pid }) => pid);
}
