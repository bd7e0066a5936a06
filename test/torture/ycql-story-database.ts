import { createHash } from 'node:crypto';
import type { Client } from 'cassandra-driver';
import { withCql } from '../support/cluster/cql';
import type { FaultCluster } from '../support/cluster/fault-cluster';
import type { Draws } from '../support/draws';
import type { StoryDatabase } from './story';

const TRANSACTIONAL = "WITH transactions = {'enabled': 'true'}";
const CATALOG = {
  columns: 'table_name, column_name, kind, position, clustering_order, type',
  indexes: 'table_name, index_name, kind, options',
  types: 'type_name, field_names, field_types',
};

/** In the order of their texts: rows of a catalogue or a table come in any. */
const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

/** A keyspace of a story. */
export class YcqlStoryDatabase implements StoryDatabase {
  private extraTables: string[] = [];
  private nextExtra = 1;

  private constructor(
    private readonly cluster: FaultCluster,
    readonly database: `ycql.${string}`,
    private readonly draws: Draws,
  ) {}

  static async begin(cluster: FaultCluster, name: string, draws: Draws): Promise<YcqlStoryDatabase> {
    await withCql(cluster.json, async (client) => {
      for (const statement of [
        `CREATE KEYSPACE ${name}`,
        `CREATE TYPE ${name}.mark (by text, at int)`,
        `CREATE TABLE ${name}.entries (n int PRIMARY KEY, what text, step int, tags set<text>, mark frozen<mark>) ${TRANSACTIONAL}`,
        `CREATE INDEX entries_by_step ON ${name}.entries (step) INCLUDE (what)`,
      ])
        await client.execute(statement);
    });
    return new YcqlStoryDatabase(cluster, `ycql.${name}`, draws);
  }

  async digest(name = this.name): Promise<string> {
    const held = await withCql(this.cluster.json, async (client) => {
      const rowsOf = async (text: string): Promise<string[]> =>
        sorted((await client.execute(text, [], { autoPage: true, fetchSize: 2000 })).rows);
      const found: unknown[] = [];
      for (const [table, columns] of Object.entries(CATALOG))
        found.push(await rowsOf(`SELECT ${columns} FROM system_schema.${table} WHERE keyspace_name = '${name}'`));
      for (const table of await tablesOf(client, name))
        found.push([table, await rowsOf(`SELECT * FROM ${name}.${table}`)]);
      return found;
    });
    return createHash('sha256').update(JSON.stringify(held).replaceAll(name, '<keyspace>')).digest('hex').slice(0, 16);
  }

  /** Statements of which each may be repeated, so that a lost reply does no harm; all rows change at once. */
  async commit(_n: number, _previous: number, change: readonly string[]): Promise<void> {
    await withCql(this.cluster.json, async (client) => {
      for (const statement of change)
        await client.execute(statement).catch((error: unknown) => {
          if (!/already exists/i.test(String(error))) throw error; // an earlier attempt has added the column
        });
    });
  }

  change(n: number): string[] {
    const { draws, name } = this;
    const some = Array.from({ length: 1 + draws.below(20) }, (_, i) => i);
    const extra = this.extraTables[draws.below(this.extraTables.length)];
    const drawn = draws.next();
    const key = (): number => (1 + draws.below(n)) * 1000 + draws.below(20);
    if (drawn < 0.6 || n === 1)
      return [
        transaction(
          some.map(
            (i) =>
              `INSERT INTO ${name}.entries (n, what, step, tags, mark) VALUES (${n * 1000 + i}, 'entry ''${i}''', ${n}, {'a', 't${i % 3}'}, {by: 'step ${n}', at: ${i}})`,
          ),
        ),
      ];
    if (drawn < 0.85)
      return [
        transaction(
          some.map((i) => `UPDATE ${name}.entries SET what = 'at ${n}.${i}', step = ${n} WHERE n = ${key()}`),
        ),
      ];
    if (drawn < 0.94) return [transaction(some.map(() => `DELETE FROM ${name}.entries WHERE n = ${key()}`))];
    if (drawn < 0.96) {
      const table = `extra_${this.nextExtra}`;
      this.nextExtra += 1;
      this.extraTables.push(table);
      return [`CREATE TABLE IF NOT EXISTS ${name}.${table} (id int PRIMARY KEY, v text) ${TRANSACTIONAL}`];
    }
    if (extra === undefined) return [`INSERT INTO ${name}.entries (n, what) VALUES (${n * 1000}, 'alone')`];
    if (drawn < 0.97)
      return [transaction(some.map((i) => `INSERT INTO ${name}.${extra} (id, v) VALUES (${i}, 'v ${n}')`))];
    if (drawn < 0.98) return [`ALTER TABLE ${name}.${extra} ADD c_${n} text`];
    if (drawn < 0.99) return [`CREATE INDEX IF NOT EXISTS ${extra}_by_v ON ${name}.${extra} (v)`];
    this.extraTables = this.extraTables.filter((table) => table !== extra);
    return [`DROP TABLE IF EXISTS ${name}.${extra}`];
  }

  async reread(): Promise<void> {
    const tables = await withCql(this.cluster.json, async (client) => await tablesOf(client, this.name));
    this.extraTables = tables.filter((table) => table.startsWith('extra_'));
  }

  async drop(name: string): Promise<void> {
    await withCql(this.cluster.json, async (client) => {
      for (const table of await tablesOf(client, name)) await client.execute(`DROP TABLE ${name}.${table}`);
      await client.execute(`DROP TYPE ${name}.mark`);
      await client.execute(`DROP KEYSPACE ${name}`);
    });
  }

  private get name(): string {
    return this.database.slice('ycql.'.length);
  }
}

const transaction = (statements: readonly string[]): string =>
  `BEGIN TRANSACTION ${statements.map((statement) => `${statement};`).join(' ')} END TRANSACTION;`;

async function tablesOf(client: Client, keyspace: string): Promise<string[]> {
  const text = `SELECT table_name FROM system_schema.tables WHERE keyspace_name = '${keyspace}'`;
  return (await client.execute(text)).rows.map((row) => row['table_name'] as string).sort();
}
