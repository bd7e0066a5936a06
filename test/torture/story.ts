import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Draws } from '../support/draws';
import type { FaultCluster } from '../support/cluster/fault-cluster';
import { contentOf, schemaOf, withSql } from '../support/cluster/sql';
import { micros } from '../support/ledger';
import { until } from '../support/stack';

const MAX_PAUSE_MS = 120;

/** Everything that a database holds, rows and schema, as one hash. */
export async function digestOf(cluster: FaultCluster, name: string): Promise<string> {
  const { ysql } = cluster.json;
  const held = [await contentOf(ysql, name), await schemaOf(ysql, name)];
  return createHash('sha256').update(JSON.stringify(held)).digest('hex').slice(0, 16);
}

interface Step {
  n: number;
  /** Microseconds since the epoch, before and after its commit. */
  before: bigint;
  after: bigint;
  digest: string;
}

export interface Window {
  from: number;
}

/**
 * A database that changes by numbered steps, DDL and DML, each one a transaction, and whose content after each is
 * known: whatever a backup, a dump or a recovery holds must be the content after one of them.
 */
export class Story {
  /** Every step that counts: those that a rewind took back do not. */
  private steps: Step[] = [];
  /** What a backup from before a rewind holds is known still. */
  private readonly everBefore: Step[] = [];
  private nextStep = 1;
  private extraTables: string[] = [];
  private nextExtra = 1;
  /** Of runs that are under way: the first step whose content they may find. */
  private readonly windows = new Set<Window>();
  private writing: { ended: Promise<void>; stop: () => void } | undefined;

  private constructor(
    readonly cluster: FaultCluster,
    /** `ysql.<name>` */
    readonly database: `ysql.${string}`,
    private readonly draws: Draws,
  ) {}

  static async begin(cluster: FaultCluster, base: string, draws: Draws): Promise<Story> {
    const database = await cluster.database(
      base,
      `CREATE TABLE entries (n int PRIMARY KEY, what text, step int);
       CREATE INDEX entries_by_step ON entries (step);
       CREATE TABLE last_step (one int PRIMARY KEY, n int);
       INSERT INTO last_step VALUES (1, 0);`,
    );
    const story = new Story(cluster, database, draws);
    await story.step();
    return story;
  }

  get name(): string {
    return this.database.slice('ysql.'.length);
  }

  /** The number of the last step that counts. */
  get last(): number {
    return this.steps.at(-1)?.n ?? 0;
  }

  /** What a run that ends now can have found at most. */
  get next(): number {
    return this.nextStep;
  }

  /** What a step left, and which moments are surely after it and before the next. */
  get moments(): { digest: string; n: number; micros: bigint }[] {
    return this.steps
      .slice(0, -1)
      .map(({ n, after, digest }, i) => ({ n, digest, micros: (after + (this.steps[i + 1]?.before ?? after)) / 2n }));
  }

  /** A run begins to read the database; what it finds stood after a step from `from` on, wherever a rewind leads. */
  open(): Window {
    const window = { from: this.last };
    this.windows.add(window);
    return window;
  }

  close(window: Window): void {
    this.windows.delete(window);
  }

  /** The content is that of a step between these, both included. */
  holds(digest: string, from: number, to: number): boolean {
    return [...this.everBefore, ...this.steps].some((step) => step.digest === digest && step.n >= from && step.n <= to);
  }

  /** Changes go on, at a random pace, until `pause`. */
  write(): void {
    let stopped = false;
    const ended = (async (): Promise<void> => {
      while (!stopped) {
        await this.step();
        await sleep(this.draws.below(MAX_PAUSE_MS));
      }
    })();
    this.writing = { ended, stop: () => (stopped = true) };
    ended.catch(() => undefined); // `pause` tells it
  }

  async pause(): Promise<void> {
    this.writing?.stop();
    const { ended } = this.writing ?? {};
    this.writing = undefined;
    await ended;
  }

  /** The database has been put back to what it held after a step; what came later is no part of the story any more. */
  async rewound(to: number): Promise<void> {
    const undone = this.steps.filter(({ n }) => n > to);
    this.steps = this.steps.filter(({ n }) => n <= to);
    this.everBefore.push(...undone);
    for (const window of this.windows) window.from = Math.min(window.from, to);
    await withSql(this.cluster.json.ysql, this.name, async (sql) => {
      const { rows } = await sql.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname LIKE 'extra\\_%' ORDER BY 1`,
      );
      this.extraTables = rows.map(({ name }) => name);
    });
  }

  private async step(): Promise<void> {
    const n = this.nextStep;
    const text = this.change(n);
    const before = micros();
    // The cluster may be away, and a reply may be lost: then the transaction has been committed or has not.
    await until(`step ${n} of ${this.database}`, async () => await this.committed(n, text).catch(() => false));
    const after = micros();
    this.nextStep += 1;
    this.steps.push({ n, before, after, digest: await digestOf(this.cluster, this.name) });
  }

  /** One transaction, unless it has been committed before; true when it is. */
  private async committed(n: number, text: string): Promise<boolean> {
    const previous = this.steps.at(-1)?.n ?? 0;
    return await withSql(this.cluster.ysql, this.name, async (sql) => {
      await sql.query('BEGIN');
      const { rowCount } = await sql.query(`UPDATE last_step SET n = ${n} WHERE n = ${previous}`);
      if (rowCount === 1) await sql.query(text);
      await sql.query('COMMIT');
      return true;
    });
  }

  private change(n: number): string {
    const { draws } = this;
    const some = 1 + draws.below(40);
    const extra = this.extraTables[draws.below(this.extraTables.length)];
    const drawn = draws.next();
    if (drawn < 0.6 || n === 1)
      return `INSERT INTO entries SELECT ${n} * 1000 + i, 'entry ' || i, ${n} FROM generate_series(1, ${some}) i`;
    if (drawn < 0.85) return `UPDATE entries SET what = what || '.', step = ${n} WHERE n % 7 = ${draws.below(7)}`;
    if (drawn < 0.95) return `DELETE FROM entries WHERE n % 11 = ${draws.below(11)}`;
    if (drawn < 0.97) {
      const table = `extra_${this.nextExtra}`;
      this.nextExtra += 1;
      this.extraTables.push(table);
      return `CREATE TABLE ${table} (id int PRIMARY KEY, v text); INSERT INTO ${table} SELECT i, 'v' || i FROM generate_series(1, ${some}) i; CREATE INDEX ${table}_by_v ON ${table} (v)`;
    }
    if (extra === undefined) return `INSERT INTO entries VALUES (${n} * 1000, 'alone', ${n})`;
    if (drawn < 0.99) return `ALTER TABLE ${extra} ADD COLUMN c_${n} text DEFAULT 'c'`;
    this.extraTables = this.extraTables.filter((table) => table !== extra);
    return `DROP TABLE ${extra}`;
  }
}
