import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CopyTable } from '../cql/protocol';
import { typeOf } from '../cql/values/types';
import type { Stored } from '../cql/values/values';
import type { Connection } from './connection';
import type { CopyOptions } from './copy-options';
import { importValue } from './import-value';
import { csvRecord, csvRecords } from './python-csv';
import { ShellError } from './shell-error';

interface Input {
  columns: string[];
  file?: string;
  options: CopyOptions;
  /** Of standard input. */
  text: string;
  fieldSizeLimit: number;
}

/**
 * Reads CSV into a table, chunk by chunk. Rows that can't be read or are refused go to `import_<keyspace>_<table>.err`,
 * and the shell ends with 2; a field over the limit loses its whole chunk. The count that is printed at the end is that
 * of rows that were read, not written.
 */
export async function copyFrom(
  connection: Connection,
  table: CopyTable,
  { columns, file, options, text, fieldSizeLimit }: Input,
  say: (text: string) => void,
): Promise<void> {
  const startedAt = Date.now();
  // As the real one does: files are opened with universal line ends, and a chunk is so many lines, not records.
  const lines = (file === undefined ? text : readFileSync(file, 'utf8'))
    .split(/\r\n|\r|\n/)
    .filter((line) => line !== '');
  const first = options.header ? (lines.shift() ?? '') : '';
  const header = options.header ? [...csvRecords(`${first}\n`, options)][0] : undefined;
  const names = columns.length > 0 ? columns : (header?.fields ?? table.columns.map(({ name }) => name));
  const kept = names.map((name, at) => ({ name, at })).filter(({ name }) => !options.skipColumns.includes(name));
  say(
    `Using 1 child processes\n\nStarting copy of ${table.keyspace}.${table.name} with columns [${kept.map(({ name }) => name).join(', ')}].`,
  );
  const rows = lines.slice(options.skipRows, options.maxRows < 0 ? undefined : options.skipRows + options.maxRows);
  const known = new Map(table.types.map((type) => [type.name, type]));
  const types = kept.map(({ name }) => typeOf(table.columns.find((column) => column.name === name)?.type ?? 'text'));
  const rejected: string[][] = [];
  const problems = new Set<string>();
  for (let at = 0; at < rows.length; at += options.chunkRows) {
    const taken = rows.slice(at, at + options.chunkRows);
    if (taken.some((line) => line.includes('\0'))) {
      problems.add('Error - line contains NUL,  given up after 1 attempts');
      continue; // the whole chunk is lost
    }
    const chunk = [...csvRecords(taken.map((line) => `${line}\n`).join(''), options)];
    if (chunk.some(({ longest }) => longest > fieldSizeLimit)) {
      problems.add(`Error - field larger than field limit (${fieldSizeLimit}),  given up after 1 attempts`);
      continue; // the whole chunk is lost
    }
    const values: { fields: string[]; row: Stored[] }[] = [];
    for (const { fields } of chunk) {
      try {
        values.push({ fields, row: rowOf(fields) });
      } catch (error) {
        rejected.push(fields);
        problems.add(`ParseError - ${(error as Error).message},  given up without retries`);
      }
    }
    await send(values);
    if (options.ingestRate > 0)
      await sleep(Math.max(0, ((at + taken.length) / options.ingestRate) * 1_000 - (Date.now() - startedAt)));
  }
  for (const problem of problems) process.stderr.write(`Failed to import ${rejected.length} rows: ${problem}\n`);
  if (rejected.length > 0)
    appendFileSync(
      `import_${table.keyspace}_${table.name}.err`,
      rejected.map((fields) => csvRecord(fields, options)).join(''),
    );
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(3);
  say(`${rows.length} rows imported from 1 files in ${seconds} seconds (0 skipped).`);
  if (problems.size > 0)
    throw new ShellError(
      `Failed to process ${rejected.length} rows; failed rows written to import_${table.keyspace}_${table.name}.err`,
    );

  function rowOf(fields: string[]): Stored[] {
    if (fields.length !== names.length)
      throw new Error(`Invalid row length ${fields.length} should be ${names.length}`);
    return kept.map(({ name, at }, i) => {
      const value = importValue(types[i] ?? typeOf('text'), fields[at] ?? '', known, options);
      if (value === null && table.key.includes(name))
        throw new Error(
          `Cannot insert null value for primary key column '${name}'. If you want to insert empty strings, consider using the WITH NULL=<marker> option for COPY.`,
        );
      return value;
    });
  }

  async function send(values: { fields: string[]; row: Stored[] }[]): Promise<void> {
    if (values.length === 0) return;
    const reply = await connection.ask({
      op: 'write',
      keyspace: table.keyspace,
      table: table.name,
      columns: kept.map(({ name }) => name),
      rows: values.map(({ row }) => row),
      ...(options.ttlSeconds === undefined ? {} : { ttlSeconds: options.ttlSeconds }),
    });
    if (reply.reply === 'error') throw ShellError.ofServer(reply);
    for (const { at, message } of reply.reply === 'written' ? reply.failed : []) {
      const fields = values[at]?.fields;
      if (fields) rejected.push(fields);
      problems.add(
        `InvalidRequest - Error from server: code=2200 [Invalid query] message="${message}",  will retry later`,
      );
    }
  }
}
