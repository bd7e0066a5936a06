import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { YugabyteConfig } from '../config';
import { ToolFailed } from '../errors';
import { makeScratchFolder } from '../process/scratch-folder';
import { mapConcurrently } from '../../objects/map-concurrently';
import { columnType, type UserDefinedType } from './column-type';
import { commonOptions, withOptions, type CopyFormat, type CopyOption } from './copy-format';
import { fieldsOfLine, lineOfFields } from './csv-line';
import { insertStatement, type CqlColumn, type TypedColumn } from './insert-statement';
import { cqlText, quoteCql } from './quote-cql';
import { fieldRepairer } from './repair-field';
import { runCql } from './run-cql';
import { shellReads } from './shell-limits';
import type { CqlConnection, CqlOptions } from './session/cql-connection';
import { given } from '../../objects/given';

export interface LoadRowsInput extends CqlOptions {
  keyspace: string;
  table: string;
  /** The columns of the loaded table, in the order of the lines' fields. */
  columns: readonly CqlColumn[];
  /** The user-defined types of the keyspace. */
  types: readonly UserDefinedType[];
  /** As `COPY TO` printed them, without line ends. */
  lines: AsyncIterable<Buffer>;
  /** The format in which they were printed. */
  format: CopyFormat;
  /** Options of `COPY FROM` that control its speed. */
  speed: Readonly<Record<string, CopyOption>>;
  /** Stands for null: a text that is not a value in the table. */
  nullMarker: string;
  onProgress?: (rows: number) => void;
}

/** How much is on disk at a time. */
const FILE_BYTES = 64 * 1024 * 1024;
const SCRIPT_BYTES = 1024 * 1024;
const WRITE_BYTES = 1024 * 1024;

/**
 * Loads rows with `COPY FROM`, file by file, repairing their escapes. It reads line by line and accepts neither a value
 * with a line break nor a row without a clustering key (only static columns), and does not read every type
 * (`shellReads`): those rows are loaded with statements.
 * Existing rows are overwritten, so it can be repeated, except for counters. Returns the number of rows.
 */
export async function loadRows(
  config: YugabyteConfig,
  connection: CqlConnection,
  input: LoadRowsInput,
): Promise<number> {
  const folder = await makeScratchFolder();
  const loader = new RowLoader(config, connection, input, folder);
  try {
    for await (const line of input.lines) await loader.take(line);
    await loader.flush();
    return loader.rows;
  } finally {
    await loader.close();
    await rm(folder, { recursive: true, force: true });
  }
}

class RowLoader {
  rows = 0;
  private readonly file: string;
  private handle: FileHandle | undefined;
  private buffered: Buffer[] = [];
  private bufferedBytes = 0;
  private fileBytes = 0;
  private statements: string[] = [];
  private statementBytes = 0;
  private readonly repaired: (field: string) => string;
  private readonly asLiteral: (field: string) => string;
  private readonly columns: readonly TypedColumn[];
  /** Positions of the columns whose values the shell does not read. */
  private readonly unread: readonly number[];

  constructor(
    private readonly config: YugabyteConfig,
    private readonly connection: CqlConnection,
    private readonly input: LoadRowsInput,
    private readonly folder: string,
  ) {
    this.file = join(folder, 'rows.csv');
    this.repaired = fieldRepairer(input.format, input.nullMarker);
    this.asLiteral = fieldRepairer(input.format, 'null');
    const types = new Map(input.types.map((type) => [type.name, type]));
    this.columns = input.columns.map(({ name, kind, type }) => ({ name, kind, type: columnType(type, types) }));
    this.unread = this.columns.flatMap(({ type }, i) => (shellReads(type) ? [] : [i]));
  }

  async take(line: Buffer): Promise<void> {
    const { format } = this.input;
    const { columns } = this;
    this.rows += 1;
    const text = line.toString('utf8');
    if (this.unread.length === 0 && !text.includes('\\') && !text.includes(format.nullText)) {
      await this.write(Buffer.from(`${text}\n`));
      return;
    }
    const printed = fieldsOfLine(text, format.delimiter);
    if (printed.length !== columns.length)
      throw new Error(`a row of ${this.input.table} has ${printed.length} fields, its header ${columns.length}`);
    const fields = printed.map(this.repaired);
    const lacksKey = printed.some((field, i) => field === format.nullText && columns[i]?.kind === 'clustering');
    const isUnread = this.unread.some((i) => printed[i] !== format.nullText);
    if (!lacksKey && !isUnread && !fields.some((field) => /[\r\n\0]/.test(field))) {
      await this.write(Buffer.from(lineOfFields(fields, format.delimiter)));
      return;
    }
    const values = printed.map((field) => (field === format.nullText ? undefined : this.asLiteral(field)));
    const statement = insertStatement({ keyspace: this.input.keyspace, name: this.input.table }, columns, values);
    this.statements.push(statement);
    this.statementBytes += statement.length;
    if (this.statementBytes >= SCRIPT_BYTES) await this.flushStatements();
  }

  /** Loads the rows that were collected. */
  async flush(): Promise<void> {
    await this.flushFile();
    await this.flushStatements();
  }

  async close(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
  }

  private async write(line: Buffer): Promise<void> {
    this.buffered.push(line);
    this.bufferedBytes += line.length;
    this.fileBytes += line.length;
    if (this.bufferedBytes >= WRITE_BYTES) await this.writeOut();
    if (this.fileBytes >= FILE_BYTES) await this.flushFile();
  }

  private async writeOut(): Promise<void> {
    this.handle ??= await open(this.file, 'w', 0o600);
    await this.handle.writeFile(Buffer.concat(this.buffered));
    this.buffered = [];
    this.bufferedBytes = 0;
  }

  private async flushFile(): Promise<void> {
    if (this.fileBytes === 0) return;
    await this.writeOut();
    await this.close();
    const { keyspace, table, columns, format, speed, nullMarker, signal, timeoutMs } = this.input;
    const names = columns.map(({ name }) => quoteCql(name)).join(', ');
    const options = withOptions({
      ...commonOptions({ ...format, nullText: nullMarker }),
      HEADER: false,
      MAXPARSEERRORS: 0,
      ERRFILE: join(this.folder, 'rejected.csv'),
      ...speed,
    });
    const text = `COPY ${quoteCql(keyspace)}.${quoteCql(table)} (${names}) FROM ${cqlText(this.file)} ${options};`;
    await unlessOnlyRepeated(() =>
      runCql(this.config, {
        text,
        mutates: true,
        signal,
        ...given({ timeoutMs }),
        unread: true,
      }),
    );
    await rm(this.file);
    this.fileBytes = 0;
    this.input.onProgress?.(this.rows);
  }

  private async flushStatements(): Promise<void> {
    if (this.statements.length === 0) return;
    const { keyspace, table, signal, timeoutMs } = this.input;
    const { statements } = this;
    await this.connection.use(
      `insert rows into ${keyspace}.${table}`,
      async (query) => {
        await mapConcurrently(statements, async (statement) => await query(statement));
      },
      { signal, timeoutMs, mutates: true },
    );
    this.statements = [];
    this.statementBytes = 0;
    this.input.onProgress?.(this.rows);
  }
}

/**
 * The shell also exits with 2 if a batch was refused once and accepted later; it reports rows that are really lost in
 * other words.
 */
async function unlessOnlyRepeated(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const errors = error instanceof ToolFailed && error.exitCode === 2 ? error.stderrTail.trim().split('\n') : [];
    if (errors.length === 0 || !errors.every((line) => /will retry later, attempt \d+ of \d+\s*$/.test(line)))
      throw error;
  }
}
