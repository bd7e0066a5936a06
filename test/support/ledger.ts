import { setTimeout as sleep } from 'node:timers/promises';
import type { EnablePointInTimeRecoveryResult, RecoverToPointInTimeResult } from '../../src/contract';
import { copied, cql } from './cluster/cql';
import type { FaultCluster } from './cluster/fault-cluster';
import { withSql } from './cluster/sql';
import { failureOf } from './stack';

/** How often the schedule of a ledger takes snapshots, and for how long it keeps them. */
export const EVERY = { every: '1 minute', keep: '30 minutes' };

const YSQL = "CREATE TABLE entries (n int PRIMARY KEY, what text); CREATE SEQUENCE tickets; SELECT nextval('tickets')";

/** Microseconds since the epoch. */
export const micros = (): bigint => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

/** A database or keyspace whose history the cluster keeps, and a writer of numbered commits with known times. */
export class Ledger {
  private readonly commits: { n: number; before: bigint; after: bigint }[] = [];

  private constructor(
    readonly cluster: FaultCluster,
    readonly database: string,
    readonly enabled: EnablePointInTimeRecoveryResult,
  ) {}

  static async on(cluster: FaultCluster, api: 'ysql' | 'ycql' = 'ysql'): Promise<Ledger> {
    const database = api === 'ysql' ? await cluster.database('ledger', YSQL) : 'ycql.ledger';
    if (api === 'ycql')
      await cql(cluster.json, 'CREATE KEYSPACE ledger; CREATE TABLE ledger.entries (n int PRIMARY KEY, what text)');
    const enabled = (await (
      await cluster.start('enablePointInTimeRecovery', { database, ...EVERY })
    ).result()) as EnablePointInTimeRecoveryResult;
    return new Ledger(cluster, database, enabled);
  }

  async sql(text: string): Promise<void> {
    await withSql(this.cluster.json.ysql, this.database.slice(5), async (client) => await client.query(text));
  }

  /** One commit for each number. */
  async write(from: number, to: number): Promise<void> {
    if (this.database.startsWith('ycql.')) {
      for (let n = from; n <= to; n += 1)
        await this.commit(n, `INSERT INTO ledger.entries (n, what) VALUES (${n}, 'entry ${n}')`, async (text) => {
          await cql(this.cluster.json, text);
        });
      return;
    }
    await withSql(this.cluster.json.ysql, this.database.slice(5), async (client) => {
      for (let n = from; n <= to; n += 1)
        await this.commit(n, `INSERT INTO entries VALUES (${n}, 'entry ${n}')`, async (text) => {
          await client.query(text);
        });
    });
  }

  private async commit(n: number, text: string, run: (text: string) => Promise<void>): Promise<void> {
    const before = micros();
    await run(text);
    this.commits.push({ n, before, after: micros() });
    await sleep(3);
  }

  /** A moment between the nth commit and the next, 16 digits. */
  behind(n: number): string {
    const [commit, next] = [this.commits.find((one) => one.n === n), this.commits.find((one) => one.n === n + 1)];
    if (!commit || !next) throw new Error(`There is no commit ${n + 1}.`);
    return String((commit.after + next.before) / 2n);
  }

  async numbers(database = this.database): Promise<number[]> {
    const [, api = '', name = ''] = /^(ysql|ycql)\.(.*)$/.exec(database) ?? [];
    if (api === 'ycql') {
      const [printed = ''] = await copied(this.cluster.json, [`${name}.entries (n)`]);
      return printed
        .split('\n')
        .filter((line) => /^\d+$/.test(line))
        .map(Number)
        .sort((a, b) => a - b);
    }
    return await withSql(this.cluster.json.ysql, name, async (client) => {
      const { rows } = await client.query<{ n: number }>('SELECT n FROM entries ORDER BY n');
      return rows.map(({ n }) => n);
    });
  }

  async recover(input: object): Promise<RecoverToPointInTimeResult> {
    const run = await this.cluster.start('recoverToPointInTime', { database: this.database, ...input });
    return (await run.result()) as RecoverToPointInTimeResult;
  }

  async rewind(to: string): Promise<RecoverToPointInTimeResult> {
    return await this.recover({ to, confirmDataLoss: this.database });
  }

  async refused(input: object) {
    return await failureOf(await this.cluster.start('recoverToPointInTime', { database: this.database, ...input }));
  }

  /** Drops a copy that has been looked at. */
  async drop(copy: string): Promise<void> {
    const name = copy.slice(5);
    if (copy.startsWith('ycql.')) await cql(this.cluster.json, `DROP TABLE ${name}.entries; DROP KEYSPACE ${name}`);
    else
      await withSql(this.cluster.json.ysql, 'yugabyte', async (client) => await client.query(`DROP DATABASE ${name}`));
  }

  async disable(): Promise<void> {
    await this.cluster.run('disablePointInTimeRecovery', { database: this.database });
  }
}
