import { DatabaseError, type Client } from 'pg';
import { connect, quoted } from '../../postgres/connect';
import { columnType, notExpired, Parameters } from './conditions';
import { databaseNameOf } from '../catalog/keyspace-name';
import { CqlError } from '../errors';
import { tokenSql } from './select';
import type { Session } from './session';
import { readTable, sqlTable } from '../catalog/tables';
import { storedFromColumn, type Stored } from '../values/values';
import { upsertMany } from './write-rows';

/**
 * COPY TO reads one range of tokens after the other, each at its own moment: what it gets is no picture of one moment.
 */
const RANGES = ['0', '4', '8', 'c', 'g'];
const AS_TEXT = { getTypeParser: () => (value: unknown) => value };

/** All rows of a table, in pages. */
export async function* readPages(
  session: Session,
  {
    keyspace,
    table: name,
    columns,
    pageRows,
  }: { keyspace: string; table: string; columns: string[]; pageRows: number },
): AsyncGenerator<Stored[][]> {
  const table = await readTable(await session.client(keyspace), name);
  const types = columns.map((column) => columnType(table, column));
  for (const [i, from] of RANGES.slice(0, -1).entries()) {
    const parameters = new Parameters();
    const within = `${tokenSql(table)} >= '${from}' AND ${tokenSql(table)} < '${RANGES[i + 1]}'`;
    const text = `SELECT ${columns.map(quoted).join(', ')} FROM ${sqlTable(name)} WHERE ${within} AND ${notExpired(parameters)} ORDER BY ${tokenSql(table)}`;
    for await (const rows of cursor(session, keyspace, text, parameters, pageRows))
      yield rows.map((row) =>
        row.map((value, at) => storedFromColumn(types[at] ?? { kind: 'scalar', name: 'text' }, value)),
      );
  }
}

async function* cursor(
  { cluster }: Session,
  keyspace: string,
  text: string,
  { values }: Parameters,
  pageRows: number,
): AsyncGenerator<(string | null)[][]> {
  // A connection of its own: the session's may be in a transaction.
  const client = await connect(cluster.options.postgres, databaseNameOf(keyspace));
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(`DECLARE pages NO SCROLL CURSOR FOR ${text}`, values);
    for (;;) {
      const { rows } = await client.query<(string | null)[]>({
        text: `FETCH ${pageRows} FROM pages`,
        rowMode: 'array',
        types: AS_TEXT,
      });
      if (rows.length === 0) return;
      yield rows;
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Writes rows; those that are refused are told by their place. Throws a `CqlError` where the table is not there. */
export async function writeRows(
  session: Session,
  write: { keyspace: string; table: string; columns: string[]; rows: Stored[][]; ttlSeconds?: number },
): Promise<{ at: number; message: string }[]> {
  const client = await session.client(write.keyspace);
  const table = await readTable(client, write.table);
  const put = async (rows: Stored[][]): Promise<void> => {
    const { columns, ttlSeconds } = write;
    await upsertMany(client, { name: write.table, table, columns, rows, ttlSeconds });
  };
  if (await succeeds(client, async () => await put(write.rows))) return [];
  const failed: { at: number; message: string }[] = [];
  for (const [at, row] of write.rows.entries()) {
    await put([row]).catch((error: unknown) => {
      if (!(error instanceof DatabaseError || error instanceof CqlError)) throw error;
      failed.push({ at, message: error.message });
    });
  }
  return failed;
}

async function succeeds(client: Client, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof DatabaseError || error instanceof CqlError) return false;
    throw error;
  }
}
