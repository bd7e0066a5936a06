import { createHash } from 'node:crypto';
import type { YugabyteConfig } from '../config';
import { UnexpectedOutput } from '../errors';
import { cqlText, quoteCql } from './quote-cql';
import { runCql, type CqlOptions } from './run-cql';

/** What stands for null in what is read for a digest, so that it differs from the empty text. */
const NULL_MARKER = '\u0001null\u0001';
const LF = 0x0a;

/** The CQL that Kalpa asks of a cluster, by its own shell. Failures: `ToolFailed`, `YcqlNotConfigured`. */
export class Ycql {
  constructor(private readonly config: YugabyteConfig) {}

  /** kalpa.yaml says how YCQL is reached. */
  get configured(): boolean {
    return this.config.ycql !== undefined;
  }

  /** It answers and lets us in. */
  async ping(options: CqlOptions = {}): Promise<void> {
    await this.read('SELECT keyspace_name FROM system_schema.keyspaces LIMIT 1;', options);
  }

  /** The keyspace as `DESC` shows it: for people; a snapshot brings its own definitions. */
  async describeKeyspace(keyspace: string, options: CqlOptions = {}): Promise<string> {
    return await this.read(`DESC KEYSPACE ${quoteCql(keyspace)};`, options);
  }

  /** Rows of one table, by a full read. */
  async countRows(keyspace: string, table: string, options: CqlOptions = {}): Promise<number> {
    const printed = await this.read(`SELECT COUNT(*) FROM ${quoteCql(keyspace)}.${quoteCql(table)};`, options);
    const [, rows] = /^[ -+]*-[-+]*\n\s*(\d+)\s*$/m.exec(printed) ?? [];
    if (rows === undefined) throw new UnexpectedOutput('number of rows', printed, 'ycqlsh');
    return Number(rows);
  }

  /** Rows and a digest of their values that does not depend on their order. Times to live are not in it. */
  async fingerprintTable(
    keyspace: string,
    table: string,
    options: CqlOptions = {},
  ): Promise<{ rows: number; digest: string }> {
    const name = `${quoteCql(keyspace)}.${quoteCql(table)}`;
    const copy = `COPY ${name} TO STDOUT WITH HEADER = FALSE AND NULL = ${cqlText(NULL_MARKER)} AND DOUBLEPRECISION = 17 AND FLOATPRECISION = 9;`;
    let rows = 0;
    let sum = 0n;
    let rest = Buffer.alloc(0);
    const take = (line: Buffer): void => {
      if (line.length === 0) return;
      rows += 1;
      sum += BigInt(`0x${createHash('sha256').update(line).digest('hex')}`);
    };
    await runCql(this.config, {
      ...options,
      text: copy,
      mutates: false,
      consume: async (output) => {
        for await (const chunk of output) {
          const text = Buffer.concat([rest, chunk]);
          let from = 0;
          for (let end = text.indexOf(LF); end !== -1; end = text.indexOf(LF, from)) {
            take(text.subarray(from, text[end - 1] === 0x0d ? end - 1 : end)); // line ends within values are escaped
            from = end + 1;
          }
          rest = Buffer.from(text.subarray(from));
        }
        take(rest);
      },
    });
    return { rows, digest: BigInt.asUintN(256, sum).toString(16).padStart(64, '0') };
  }

  /** Names of the keyspace's user-defined types. */
  async listTypes(keyspace: string, options: CqlOptions = {}): Promise<string[]> {
    const described = await this.describeKeyspace(keyspace, options);
    return [...described.matchAll(/^CREATE TYPE (?:"(?:[^"]|"")*"|\w+)\.(?:"((?:[^"]|"")*)"|(\w+))/gm)].map(
      ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
    );
  }

  /** Drops tables with their indexes; what is gone already is no failure. */
  async dropTables(keyspace: string, tables: readonly string[], options: CqlOptions = {}): Promise<void> {
    if (tables.length === 0) return;
    const drops = tables.map((table) => `DROP TABLE IF EXISTS ${quoteCql(keyspace)}.${quoteCql(table)};`);
    await this.change(drops.join('\n'), options);
  }

  /** Drops a keyspace that has no tables any more, with its types. The cluster refuses one that holds something else. */
  async dropKeyspace(keyspace: string, options: CqlOptions = {}): Promise<void> {
    let types = await this.listTypes(keyspace, options);
    while (types.length > 0) {
      // A type that another one uses goes after it.
      const drops = types.map((type) => `DROP TYPE IF EXISTS ${quoteCql(keyspace)}.${quoteCql(type)};`);
      await this.change(drops.join('\n'), options).catch(() => undefined);
      const left = await this.listTypes(keyspace, options);
      if (left.length === types.length) break;
      types = left;
    }
    await this.change(`DROP KEYSPACE IF EXISTS ${quoteCql(keyspace)};`, options);
  }

  private async read(text: string, options: CqlOptions): Promise<string> {
    return await runCql(this.config, { ...options, text, mutates: false });
  }

  private async change(text: string, options: CqlOptions): Promise<void> {
    await runCql(this.config, { ...options, text, mutates: true });
  }
}
