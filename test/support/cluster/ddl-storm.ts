import { setTimeout as sleep } from 'node:timers/promises';
import { micros } from '../ledger';
import { withSql, type SqlAddress } from './sql';

/** Tables by name, each with the number of its rows and its columns. */
export type Shape = Readonly<Record<string, { rows: number; columns: string[] }>>;

/** What stood from a commit on; between the two moments either this or what was before. */
interface Standing {
  shape: Shape;
  before: bigint;
  after: bigint;
}

/** How many tables a session has at once. */
const KEPT = 4;

/**
 * DDL without end in several sessions, each with tables of its own, so that it is known what stood at any moment.
 * `transactions`: several statements in one transaction, whose tables all come and go at its commit; otherwise each
 * statement by itself, as releases before 2026.1 do it.
 */
export class DdlStorm {
  private readonly sessions: { prefix: string; history: Standing[] }[];
  private stopped = false;
  private readonly running: Promise<void>[];
  private failed: { error: unknown } | undefined;

  constructor(
    private readonly ysql: SqlAddress,
    private readonly database: string,
    private readonly options: { sessions: number; transactions: boolean; pauseMs?: () => number },
  ) {
    const prefixes = Array.from({ length: options.sessions }, (_, i) => `s${i + 1}`);
    this.sessions = prefixes.map((prefix) => ({ prefix, history: [{ shape: {}, before: 0n, after: 0n }] }));
    this.running = this.sessions.map(async (session) => {
      await this.session(session).catch((error: unknown) => {
        this.failed ??= { error };
      });
    });
  }

  /** Commits of all sessions until now. */
  get commits(): number {
    return this.sessions.reduce((sum, { history }) => sum + history.length - 1, 0);
  }

  /** Ends it, and fails where a session failed. */
  async end(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
    if (this.failed) throw this.failed.error;
  }

  /**
   * Whether a database can be what stood at a moment: of each session's tables, those of one of its states that the
   * moment is of.
   */
  couldStandAt(found: Shape, moment: bigint): boolean {
    return this.sessions.every(({ prefix, history }) => {
      const own = Object.entries(found).filter(([name]) => name.startsWith(`${prefix}_`));
      const possible = history.filter(({ before }, i) => {
        const next = history[i + 1];
        return before <= moment && (next === undefined || moment <= next.after);
      });
      return possible.some(({ shape }) => sorted(Object.entries(shape)) === sorted(own));
    });
  }

  private async session({ prefix, history }: { prefix: string; history: Standing[] }): Promise<void> {
    await withSql(this.ysql, this.database, async (client) => {
      for (let n = 1; !this.stopped; n += 1) {
        const steps = [
          this.creates(`${prefix}_${n}`, (n % 5) + 1),
          ...(n > 1 ? [this.alters(`${prefix}_${n - 1}`)] : []),
          ...(n > KEPT ? [this.drops(`${prefix}_${n - KEPT}`)] : []),
        ];
        for (const together of this.options.transactions ? [steps] : steps.map((step) => [step])) {
          let shape = history.at(-1)?.shape ?? {};
          if (together.length > 1) await client.query('BEGIN');
          let before = micros();
          for (const { text, apply } of together) {
            await client.query(text);
            shape = apply(shape);
          }
          if (together.length > 1) {
            before = micros();
            await client.query('COMMIT');
          }
          history.push({ shape, before, after: micros() });
          const pause = this.options.pauseMs?.() ?? 0;
          if (pause > 0) await sleep(pause);
        }
      }
    });
  }

  private creates(name: string, rows: number) {
    return {
      text: `CREATE TABLE ${name} AS SELECT n AS id, '${name}' AS what FROM generate_series(1, ${rows}) n`,
      apply: (shape: Shape): Shape => ({ ...shape, [name]: { rows, columns: ['id', 'what'] } }),
    };
  }

  private alters(name: string) {
    return {
      text: `ALTER TABLE ${name} ADD COLUMN more int`,
      apply: (shape: Shape): Shape => ({
        ...shape,
        [name]: { rows: shape[name]?.rows ?? 0, columns: ['id', 'what', 'more'] },
      }),
    };
  }

  private drops(name: string) {
    return {
      text: `DROP TABLE ${name}`,
      apply: ({ [name]: _, ...rest }: Shape): Shape => rest,
    };
  }
}

const sorted = (entries: [string, { rows: number; columns: string[] }][]): string =>
  JSON.stringify(entries.map(([name, { rows, columns }]) => [name, rows, columns]).sort());

/** The tables of a database that a storm could have made. Each of its rows must say which table it is of. */
export async function shapeOf(ysql: SqlAddress, database: string): Promise<Shape> {
  return await withSql(ysql, database, async (client) => {
    const { rows: tables } = await client.query<{ name: string; columns: string[] }>(
      `SELECT c.relname::text AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind = 'r' AND c.relname ~ '^s[0-9]+_[0-9]+$' GROUP BY 1`,
    );
    const shape: Record<string, { rows: number; columns: string[] }> = {};
    for (const { name, columns } of tables) {
      const { rows } = await client.query<{ own: string; all: string }>(
        `SELECT count(DISTINCT id) FILTER (WHERE what = '${name}') AS own, count(*) AS all FROM ${name}`,
      );
      shape[name] = { rows: rows[0]?.own === rows[0]?.all ? Number(rows[0]?.all) : -1, columns };
    }
    return shape;
  });
}
