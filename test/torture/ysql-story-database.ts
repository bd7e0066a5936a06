import { createHash } from 'node:crypto';
import type { FaultCluster } from '../support/cluster/fault-cluster';
import { contentOf, quoted, schemaOf, withSql } from '../support/cluster/sql';
import type { Draws } from '../support/draws';
import type { StoryDatabase } from './story';

/** A YSQL database of a story. */
export class YsqlStoryDatabase implements StoryDatabase {
  private extraTables: string[] = [];
  private nextExtra = 1;

  private constructor(
    private readonly cluster: FaultCluster,
    readonly database: `ysql.${string}`,
    private readonly draws: Draws,
  ) {}

  static async begin(cluster: FaultCluster, base: string, draws: Draws): Promise<YsqlStoryDatabase> {
    const database = await cluster.database(
      base,
      `CREATE TABLE entries (n int PRIMARY KEY, what text, step int);
       CREATE INDEX entries_by_step ON entries (step);
       CREATE TABLE last_step (one int PRIMARY KEY, n int);
       INSERT INTO last_step VALUES (1, 0);`,
    );
    return new YsqlStoryDatabase(cluster, database, draws);
  }

  async digest(name = this.name): Promise<string> {
    const { ysql } = this.cluster.json;
    const held = [await contentOf(ysql, name), await schemaOf(ysql, name)];
    return createHash('sha256').update(JSON.stringify(held)).digest('hex').slice(0, 16);
  }

  /** One transaction, unless it has been committed before. */
  async commit(n: number, previous: number, [text = '']: readonly string[]): Promise<void> {
    await withSql(this.cluster.ysql, this.name, async (sql) => {
      await sql.query('BEGIN');
      const { rowCount } = await sql.query(`UPDATE last_step SET n = ${n} WHERE n = ${previous}`);
      if (rowCount === 1) await sql.query(text);
      await sql.query('COMMIT');
    });
  }

  change(n: number): string[] {
    return [this.drawn(n)];
  }

  async reread(): Promise<void> {
    await withSql(this.cluster.json.ysql, this.name, async (sql) => {
      const { rows } = await sql.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname LIKE 'extra\\_%' ORDER BY 1`,
      );
      this.extraTables = rows.map(({ name }) => name);
    });
  }

  async drop(name: string): Promise<void> {
    await withSql(this.cluster.json.ysql, 'yugabyte', async (sql) => {
      await sql.query(`DROP DATABASE ${quoted(name)} WITH (FORCE)`);
    });
  }

  private get name(): string {
    return this.database.slice('ysql.'.length);
  }

  private drawn(n: number): string {
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
