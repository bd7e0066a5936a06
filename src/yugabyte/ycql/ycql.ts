import type { YugabyteConfig } from '../config';
import { UnexpectedOutput } from '../errors';
import {
  commonOptions,
  COPY_FORMAT,
  EXACT_NUMBERS,
  withOptions,
  type CopyFormat,
  type CopyOption,
} from './copy-format';
import { fieldsOfLine } from './csv-line';
import type { CqlColumn } from './insert-statement';
import { linesOf } from './lines-of';
import { loadRows, type LoadRowsInput } from './load-rows';
import { cqlText, quoteCql } from './quote-cql';
import { RowDigest } from '../row-digest';
import { runCql, type CqlOptions } from './run-cql';
import { given } from '../../objects/given';

export interface CopyTableInput extends CqlOptions {
  keyspace: string;
  table: string;
  /** In this order; default: all, as the table has them. */
  columns?: readonly string[];
  /** Default: `COPY_FORMAT`. */
  format?: CopyFormat;
  /** Names of the columns stand in the first line. */
  header?: boolean;
  /** Options of `COPY TO` that say how fast it goes. */
  speed?: Readonly<Record<string, CopyOption>>;
}

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
    const printed = await this.read(`SELECT COUNT(*) FROM ${nameOf({ keyspace, table })};`, options);
    const [, rows] = /^[ -+]*-[-+]*\n\s*(\d+)\s*$/m.exec(printed) ?? [];
    if (rows === undefined) throw new UnexpectedOutput('number of rows', printed, 'ycqlsh');
    return Number(rows);
  }

  /** Whether a table has a row. */
  async hasRows(keyspace: string, table: string, options: CqlOptions = {}): Promise<boolean> {
    const printed = await this.read(`SELECT * FROM ${nameOf({ keyspace, table })} LIMIT 1;`, options);
    const [, rows] = /^\((\d+) rows\)$/m.exec(printed) ?? [];
    if (rows === undefined) throw new UnexpectedOutput('number of rows', printed, 'ycqlsh');
    return rows !== '0';
  }

  /** The table as CSV, line by line; no picture of one moment. */
  async copyTable(input: CopyTableInput, consume: (printed: AsyncIterable<Buffer>) => Promise<void>): Promise<void> {
    const { columns, format = COPY_FORMAT, header = false, speed = {}, signal, timeoutMs } = input;
    const names = columns ? ` (${columns.map(quoteCql).join(', ')})` : '';
    const options = withOptions({ ...commonOptions(format), HEADER: header, ...EXACT_NUMBERS, ...speed });
    await runCql(this.config, {
      text: `COPY ${nameOf(input)}${names} TO STDOUT ${options};`,
      mutates: false,
      signal,
      ...given({ timeoutMs }),
      consume,
    });
  }

  /** Rows and a digest of their values that does not depend on their order. Times to live are not in it. */
  async fingerprintTable(input: CopyTableInput): Promise<{ rows: number; digest: string }> {
    const rows = new RowDigest();
    await this.copyTable(input, async (printed) => {
      for await (const line of linesOf(printed)) rows.add(line);
    });
    return { rows: rows.rows, digest: rows.digest };
  }

  /** Loads rows as `copyTable` gives them. Fails with `ToolFailed`: some may be in, and it can be done again. */
  async loadRows(input: LoadRowsInput): Promise<number> {
    return await loadRows(this.config, input);
  }

  /** Columns of a table; the order means nothing. */
  async listColumns(keyspace: string, table: string, options: CqlOptions = {}): Promise<CqlColumn[]> {
    const printed = await this.read(
      `SELECT kind, type, column_name FROM system_schema.columns WHERE keyspace_name = ${cqlText(keyspace)} AND table_name = ${cqlText(table)};`,
      options,
    );
    return printed.split('\n').flatMap((line) => {
      const [, kind, type = '', name = ''] =
        /^\s*(partition_key|clustering|static|regular)\s*\|\s*(\S[^|]*?)\s*\|\s*(.*?)\s*$/.exec(line) ?? [];
      return kind === undefined ? [] : [{ kind: kind as CqlColumn['kind'], type, name: name.replaceAll('\\\\', '\\') }];
    });
  }

  /** Names of the keyspace's user-defined types. */
  async listTypes(keyspace: string, options: CqlOptions = {}): Promise<string[]> {
    const described = await this.describeKeyspace(keyspace, options);
    return [...described.matchAll(/^CREATE TYPE (?:"(?:[^"]|"")*"|\w+)\.(?:"((?:[^"]|"")*)"|(\w+))/gm)].map(
      ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
    );
  }

  /** Runs statements that define something. The shell goes on after an error and tells the first one: `ToolFailed`. */
  async define(text: string, options: CqlOptions = {}): Promise<void> {
    await this.change(text, options);
  }

  async truncateTable(keyspace: string, table: string, options: CqlOptions = {}): Promise<void> {
    await this.change(`TRUNCATE ${nameOf({ keyspace, table })};`, options);
  }

  /** Drops tables with their indexes; what is gone already is no failure. */
  async dropTables(keyspace: string, tables: readonly string[], options: CqlOptions = {}): Promise<void> {
    if (tables.length === 0) return;
    const drops = tables.map((table) => `DROP TABLE IF EXISTS ${nameOf({ keyspace, table })};`);
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

const nameOf = ({ keyspace, table }: { keyspace: string; table: string }): string =>
  `${quoteCql(keyspace)}.${quoteCql(table)}`;

/** Names in the first line of what `copyTable` gives with `header`. */
export const columnsOfHeader = (line: Buffer, { delimiter }: CopyFormat): string[] =>
  fieldsOfLine(line.toString('utf8'), delimiter);
