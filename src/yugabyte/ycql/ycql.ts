import type { types } from 'cassandra-driver';
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
import { columnType, type UserDefinedType } from './column-type';
import { fieldsOfLine } from './csv-line';
import type { CqlColumn } from './insert-statement';
import { linesOf } from './lines-of';
import { loadRows, type LoadRowsInput } from './load-rows';
import { cqlText, quoteCql } from './quote-cql';
import { quoteDescribed } from './quote-described';
import { RowDigest } from '../row-digest';
import { SHELL_NULL, withNull } from './shell-null';
import { whyNotPrinted } from './shell-limits';
import { exportCql, runCql } from './run-cql';
import { isRefusal } from './session/cql-failure';
import { CqlConnection, type CqlOptions, type CqlQuery } from './session/cql-connection';
import { given } from '../../objects/given';

export interface CopyTableInput extends CqlOptions {
  keyspace: string;
  table: string;
  /** In this order; default: all, in the table's order. */
  columns?: readonly string[];
  /** Default: `COPY_FORMAT`. */
  format?: CopyFormat;
  /** The first line contains the column names. */
  header?: boolean;
  /** Options of `COPY TO` that control its speed. */
  speed?: Readonly<Record<string, CopyOption>>;
}

/**
 * CQL on a cluster: over the native protocol, and with `ycqlsh` for what only the shell can do (`DESC`, `COPY`).
 * Failures: `CqlFailed`, `ToolFailed` of the shell, `YcqlNotConfigured`, `InsecureConnection`.
 */
export class Ycql {
  private readonly connection: CqlConnection;

  constructor(private readonly config: YugabyteConfig) {
    this.connection = new CqlConnection(config.ycql, config.timeouts.commandMs);
  }

  /** kalpa.yaml configures YCQL. */
  get configured(): boolean {
    return this.config.ycql !== undefined;
  }

  /** Connects, to show that the server answers and accepts the login. */
  async ping(options: CqlOptions = {}): Promise<void> {
    await this.connection.use(
      'ask what keyspaces there are',
      async (query) => await query('SELECT keyspace_name FROM system_schema.keyspaces LIMIT 1'),
      options,
    );
  }

  /**
   * The keyspace as `DESC` shows it, with the quotes that are missing there, so that it can be run. Fails with
   * `ToolFailed`.
   */
  async describeKeyspace(keyspace: string, options: CqlOptions = {}): Promise<string> {
    const described = await runCql(this.config, {
      ...options,
      text: `DESC KEYSPACE ${quoteCql(keyspace)};`,
      mutates: false,
    });
    return quoteDescribed(described);
  }

  /** Rows of one table, by a full read. */
  async countRows(keyspace: string, table: string, options: CqlOptions = {}): Promise<number> {
    const rows = await this.connection.use(
      `count the rows of ${keyspace}.${table}`,
      async (query) => await query<{ count: types.Long }>(`SELECT COUNT(*) FROM ${nameOf({ keyspace, table })}`),
      options,
    );
    // Some releases name the column differently; there is one row with one column.
    const [count] = Object.values(rows[0] ?? {});
    if (count === undefined) throw new UnexpectedOutput('number of rows', JSON.stringify(rows), 'YCQL');
    return Number(count);
  }

  /** Whether a table has a row. */
  async hasRows(keyspace: string, table: string, options: CqlOptions = {}): Promise<boolean> {
    const rows = await this.connection.use(
      `look for rows of ${keyspace}.${table}`,
      async (query) => await query(`SELECT * FROM ${nameOf({ keyspace, table })} LIMIT 1`),
      options,
    );
    return rows.length > 0;
  }

  /**
   * All rows of a small table as the driver decodes them: independent of `copyTable`. The driver does not know `jsonb`.
   */
  async readRows(keyspace: string, table: string): Promise<Record<string, unknown>[]> {
    return await this.connection.use(
      `read ${keyspace}.${table}`,
      async (query) => await query(`SELECT * FROM ${nameOf({ keyspace, table })}`),
    );
  }

  /** The table as CSV, line by line; not from a single moment. */
  async copyTable(input: CopyTableInput, consume: (printed: AsyncIterable<Buffer>) => Promise<void>): Promise<void> {
    const { columns, format = COPY_FORMAT, header = false, speed = {}, signal, timeoutMs } = input;
    const names = columns ? ` (${columns.map(quoteCql).join(', ')})` : '';
    const options = withOptions({
      ...commonOptions({ ...format, nullText: SHELL_NULL }),
      HEADER: header,
      ...EXACT_NUMBERS,
      ...speed,
    });
    await exportCql(this.config, {
      text: (file) => `COPY ${nameOf(input)}${names} TO ${cqlText(file)} ${options};`,
      signal,
      ...given({ timeoutMs }),
      consume: async (printed) => {
        await consume(withNull(printed, format.nullText));
      },
    });
  }

  /** Counts rows and digests their values independently of their order. Times to live are not included. */
  async fingerprintTable(input: CopyTableInput): Promise<{ rows: number; digest: string }> {
    const rows = new RowDigest();
    await this.copyTable(input, async (printed) => {
      for await (const line of linesOf(printed)) rows.add(line);
    });
    return { rows: rows.rows, digest: rows.digest };
  }

  /** Loads rows in the form of `copyTable`. Fails with `ToolFailed`: some may be loaded, and it can be repeated. */
  async loadRows(input: LoadRowsInput): Promise<number> {
    return await loadRows(this.config, this.connection, input);
  }

  /** Columns of a table, in no particular order. */
  async listColumns(keyspace: string, table: string, options: CqlOptions = {}): Promise<CqlColumn[]> {
    const rows = await this.connection.use(
      `list the columns of ${keyspace}.${table}`,
      async (query) =>
        await query<{ kind: CqlColumn['kind']; type: string; column_name: string }>(
          'SELECT kind, type, column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
          [keyspace, table],
        ),
      options,
    );
    return rows.map(({ kind, type, column_name: name }) => ({ kind, type, name }));
  }

  /** The keyspace's user-defined types. */
  async listTypes(keyspace: string, options: CqlOptions = {}): Promise<UserDefinedType[]> {
    return await this.connection.use(
      `list the types of ${keyspace}`,
      async (query) => await typesOf(query, keyspace),
      options,
    );
  }

  /** Columns whose values `COPY TO` can't print so that they can be read again, and why. */
  async listUnprintable(
    keyspace: string,
    options: CqlOptions = {},
  ): Promise<{ table: string; column: string; because: string }[]> {
    const { types, columns } = await this.connection.use(
      `list the columns of ${keyspace}`,
      async (query) => ({
        types: new Map((await typesOf(query, keyspace)).map((type) => [type.name, type])),
        columns: await query<{ table_name: string; column_name: string; type: string }>(
          'SELECT table_name, column_name, type FROM system_schema.columns WHERE keyspace_name = ?',
          [keyspace],
        ),
      }),
      options,
    );
    return columns.flatMap(({ table_name: table, column_name: column, type }) => {
      const because = whyNotPrinted(columnType(type, types));
      return because === undefined ? [] : [{ table, column, because }];
    });
  }

  /** Runs DDL statements one after another, up to the first that is refused. */
  async define(statements: readonly string[], options: CqlOptions = {}): Promise<void> {
    await this.change('define a keyspace', statements, options);
  }

  async truncateTable(keyspace: string, table: string, options: CqlOptions = {}): Promise<void> {
    await this.change(`empty ${keyspace}.${table}`, [`TRUNCATE ${nameOf({ keyspace, table })}`], options);
  }

  /** Drops tables with their indexes; a missing one is not a failure. */
  async dropTables(keyspace: string, tables: readonly string[], options: CqlOptions = {}): Promise<void> {
    const drops = tables.map((table) => `DROP TABLE IF EXISTS ${nameOf({ keyspace, table })}`);
    await this.change(`drop tables of ${keyspace}`, drops, options);
  }

  /** Drops a keyspace without tables, including its types. The cluster refuses one that contains anything else. */
  async dropKeyspace(keyspace: string, options: CqlOptions = {}): Promise<void> {
    await this.connection.use(
      `drop keyspace ${keyspace}`,
      async (query) => {
        for (let types = await typesOf(query, keyspace); types.length > 0;) {
          for (const { name } of types) await dropUnlessUsed(query, keyspace, name);
          const left = await typesOf(query, keyspace);
          if (left.length === types.length) break;
          types = left;
        }
        await query(`DROP KEYSPACE IF EXISTS ${quoteCql(keyspace)}`);
      },
      { ...options, mutates: true },
    );
  }

  private async change(action: string, statements: readonly string[], options: CqlOptions): Promise<void> {
    if (statements.length === 0) return;
    await this.connection.use(
      action,
      async (query) => {
        for (const statement of statements) await query(statement);
      },
      { ...options, mutates: true },
    );
  }
}

async function typesOf(query: CqlQuery, keyspace: string): Promise<UserDefinedType[]> {
  const rows = await query<{ type_name: string; field_names: string[] | null; field_types: string[] | null }>(
    'SELECT type_name, field_names, field_types FROM system_schema.types WHERE keyspace_name = ?',
    [keyspace],
  );
  return rows.map(({ type_name: name, field_names: names, field_types: types }) => ({
    name,
    fields: (names ?? []).map((field, i) => ({ name: field, type: types?.[i] ?? '' })),
  }));
}

/** A type that another one uses is refused, and is dropped after that one. */
async function dropUnlessUsed(query: CqlQuery, keyspace: string, type: string): Promise<void> {
  try {
    await query(`DROP TYPE IF EXISTS ${quoteCql(keyspace)}.${quoteCql(type)}`);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

const nameOf = ({ keyspace, table }: { keyspace: string; table: string }): string =>
  `${quoteCql(keyspace)}.${quoteCql(table)}`;

/** Column names in the first line of a `copyTable` with `header`. */
export const columnsOfHeader = (line: Buffer, { delimiter }: CopyFormat): string[] =>
  fieldsOfLine(line.toString('utf8'), delimiter);
