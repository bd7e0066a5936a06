import { setTimeout as sleep } from 'node:timers/promises';
import { withDatabase, type Postgres } from '../postgres/connect';

const POLL_MS = 15;
/** Sessions with an open transaction are waited for no longer than this. */
const PATIENCE_MS = 1_500;
const SHARE_OF_LONG = 1 / 4;

const BUSY = `SELECT count(*)::int AS busy FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'`;

/**
 * Times during which no new transaction begins in a database, so that whatever is read piece by piece is consistent.
 */
export class Quiet {
  private readonly held = new Map<string, Promise<void>>();

  constructor(private readonly postgres: Postgres) {}

  /** Waits until new transactions may begin. */
  async pass(database: string): Promise<void> {
    for (let held = this.held.get(database); held; held = this.held.get(database)) await held;
  }

  /** The same, but blocks new transactions for at most `ms`; work that takes longer continues without blocking them. */
  async atMost<T>(ms: number, database: string, work: () => Promise<T>): Promise<T> {
    let done: Promise<T> | undefined;
    const patienceMs = Math.max(PATIENCE_MS, ms * SHARE_OF_LONG);
    await this.during(
      database,
      async () => {
        done = work();
        await Promise.race([done, sleep(ms, undefined, { ref: false })]).catch(() => undefined);
      },
      patienceMs,
    );
    return await (done ?? work());
  }

  /** Runs `work` while no client session begins a transaction; open transactions are waited for up to `patienceMs`. */
  async during(database: string, work: () => Promise<void>, patienceMs = PATIENCE_MS): Promise<void> {
    // Not with `pass`: of two callers that have waited for the same work, only the first may continue.
    for (let held = this.held.get(database); held; held = this.held.get(database)) await held;
    let release = (): void => undefined;
    this.held.set(database, new Promise<void>((resolve) => (release = resolve)));
    try {
      await this.idle(database, patienceMs);
      await work();
    } finally {
      this.held.delete(database);
      release();
    }
  }

  private async idle(database: string, patienceMs: number): Promise<void> {
    await withDatabase(this.postgres, database, async (client) => {
      // Twice in a row: a statement that has just passed may not have arrived.
      for (let [until, idle] = [Date.now() + patienceMs, 0]; Date.now() < until && idle < 2; await sleep(POLL_MS)) {
        const { rows } = await client.query<{ busy: number }>(BUSY);
        idle = rows[0]?.busy === 0 ? idle + 1 : 0;
      }
    });
  }
}
