import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { withDatabase, type Postgres } from './connect';

const POLL_MS = 100;

/**
 * Does work on a connection that no other session can block: a session that holds a lock which the work waits for is
 * ended. The real database ends transactions that are open while their tables are restored; PostgreSQL would wait for
 * them for ever.
 */
export async function endingBlockers(postgres: Postgres, client: Client, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const pid = rows[0]?.pid;
  const over = new AbortController();
  const watching = withDatabase(postgres, 'postgres', async (watcher) => {
    while (!over.signal.aborted) {
      await watcher.query('SELECT pg_terminate_backend(blocker) FROM unnest(pg_blocking_pids($1)) AS blocker', [pid]);
      await sleep(POLL_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  });
  watching.catch(() => undefined); // the result of the work counts
  try {
    await work();
  } finally {
    over.abort();
  }
  await watching;
}
