import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import type { CopyTable } from '../cql/protocol';
import { typeOf } from '../cql/values/types';
import type { Connection } from './connection';
import type { CopyOptions } from './copy-options';
import { csvRecord } from './python-csv';
import { show } from './show';
import { ShellError } from './shell-error';

/** Writes a table as CSV. Reads range after range, so what it gets is no picture of one moment. */
export async function copyTo(
  connection: Connection,
  table: CopyTable,
  { columns, file, options }: { columns: string[]; file?: string; options: CopyOptions },
  say: (text: string) => void,
): Promise<void> {
  const startedAt = Date.now();
  const types = columns.map((name) => typeOf(table.columns.find((column) => column.name === name)?.type ?? 'text'));
  const known = new Map(table.types.map((type) => [type.name, type]));
  const out: Writable = file === undefined ? process.stdout : createWriteStream(file);
  const write = async (text: string): Promise<void> => {
    if (!out.write(text)) await once(out, 'drain');
  };
  if (file !== undefined)
    say(
      `Using 1 child processes\n\nStarting copy of ${table.keyspace}.${table.name} with columns [${columns.join(', ')}].`,
    );
  if (options.header) await write(csvRecord(columns, options));
  let rows = 0;
  const request = {
    op: 'read' as const,
    keyspace: table.keyspace,
    table: table.name,
    columns,
    pageRows: options.pageRows,
  };
  for await (const reply of connection.stream(request)) {
    if (reply.reply === 'error') throw ShellError.ofServer(reply);
    if (reply.reply !== 'page') continue;
    for (const row of reply.rows) {
      await write(
        csvRecord(
          row.map((value, i) => show(types[i] ?? typeOf('text'), value, known, options)),
          options,
        ),
      );
      rows += 1;
      // The real one reports after every row, which fills whatever reads it (#10397).
      if (file !== undefined)
        say(
          `Processed: ${rows} rows; Rate: ${rate(rows, startedAt)} rows/s; Avg. rate: ${rate(rows, startedAt)} rows/s`,
        );
    }
  }
  if (file === undefined) return;
  out.end();
  await once(out, 'finish');
  say(`${rows} rows exported to 1 files in ${((Date.now() - startedAt) / 1000).toFixed(3)} seconds.`);
}

const rate = (rows: number, startedAt: number): string =>
  String(Math.round(rows / Math.max(0.001, (Date.now() - startedAt) / 1000))).padStart(7);
