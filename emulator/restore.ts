import type { EmulatorOptions } from './options';
import { quoted, withDatabase, type Query } from './sql';
import type { ClusterState, DatabaseState, SnapshotState, TableState, TabletState } from './state';
import { DamagedFile } from './tablet-file';
import type { Tablets } from './tablets';

/** A tserver that met a missing directory or a damaged file: it dies, and the restoration hangs in RESTORING. */
export class TserverDied extends Error {
  override readonly name = 'TserverDied';
  constructor(
    readonly tserver: number,
    reason: string,
  ) {
    super(reason);
  }
}

/**
 * Puts the rows of a snapshot's files, as found in the directories of every replica, into the tables. Replicas that
 * disagree are an error.
 */
export async function replaySnapshot(
  options: EmulatorOptions,
  state: ClusterState,
  tablets: Tablets,
  snapshot: SnapshotState,
): Promise<void> {
  const database = state.databases.find(({ id }) => id === snapshot.databaseId);
  if (!database) throw new Error(`database ${snapshot.databaseName} is gone`);
  const tables = snapshot.tables.filter(({ kind }) => kind !== 'i');
  for (const table of snapshot.tables.filter(({ kind }) => kind === 'i'))
    for (const tablet of table.tablets) agreedRows(state, tablets, { table, tablet, snapshotId: snapshot.id });
  const content = tables.map((table) => ({
    table,
    rows: table.tablets.flatMap((tablet) => agreedRows(state, tablets, { table, tablet, snapshotId: snapshot.id })),
  }));
  await withDatabase(options, database.name, async (query) => {
    await query('BEGIN');
    await query('SET LOCAL session_replication_role = replica');
    const plain = content.filter(({ table }) => table.kind === 'r');
    if (plain.length > 0) await query(`TRUNCATE ${plain.map(({ table }) => nameOf(database, table)).join(', ')}`);
    for (const { table, rows } of plain) await insertRows(query, nameOf(database, table), rows);
    await query('COMMIT');
    for (const { table } of content.filter(({ table: one }) => one.kind === 'm'))
      await query(`REFRESH MATERIALIZED VIEW ${nameOf(database, table)}`);
  });
}

function nameOf(database: DatabaseState, table: TableState): string {
  const now = database.tables.find(({ id }) => id === table.id) ?? table;
  return `${quoted(now.schema)}.${quoted(now.name)}`;
}

interface TabletOfSnapshot {
  table: TableState;
  tablet: TabletState;
  snapshotId: string;
}

function agreedRows(
  state: ClusterState,
  tablets: Tablets,
  { table, tablet, snapshotId }: TabletOfSnapshot,
): { columns: string[]; row: (string | null)[] }[] {
  let agreed: { rows: { columns: string[]; row: (string | null)[] }[]; digest: string } | undefined;
  for (const tserver of state.tservers.keys()) {
    let rows: { columns: string[]; row: (string | null)[] }[];
    try {
      rows = tablets.rowsOf(tablets.place(tserver, table, tablet), snapshotId);
    } catch (error) {
      if (
        error instanceof DamagedFile ||
        (error as NodeJS.ErrnoException).code === 'ENOENT' ||
        error instanceof SyntaxError
      )
        throw new TserverDied(tserver, (error as Error).message);
      throw error;
    }
    const digest = JSON.stringify(rows);
    if (agreed && agreed.digest !== digest) throw new Error(`replicas of tablet ${tablet.id} disagree`);
    agreed ??= { rows, digest };
  }
  return agreed?.rows ?? [];
}

const ROWS_AT_ONCE = 2_000;

async function insertRows(
  query: Query,
  name: string,
  rows: { columns: string[]; row: (string | null)[] }[],
): Promise<void> {
  const generated = new Set(
    (
      await query<{ name: string }>(
        "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attgenerated <> ''",
        [name],
      )
    ).map((one) => one.name),
  );
  const types = new Map(
    (
      await query<{ name: string; type: string }>(
        'SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped',
        [name],
      )
    ).map((one) => [one.name, one.type]),
  );
  for (const [columns, group] of groupByColumns(rows)) {
    const kept = columns
      .map((column, i) => ({ column, i }))
      .filter(({ column }) => types.has(column) && !generated.has(column));
    if (kept.length === 0) continue;
    const names = kept.map(({ column }) => quoted(column)).join(', ');
    const casts = kept.map(({ column }, n) => `x.v[${n + 1}]::${types.get(column) ?? 'text'}`).join(', ');
    for (let at = 0; at < group.length; at += ROWS_AT_ONCE) {
      const batch = group.slice(at, at + ROWS_AT_ONCE).map((row) => kept.map(({ i }) => row[i] ?? null));
      await query(
        `INSERT INTO ${name} (${names}) OVERRIDING SYSTEM VALUE SELECT ${casts} FROM (SELECT ARRAY(SELECT json_array_elements_text(r.value)) AS v, r.n FROM json_array_elements($1::json) WITH ORDINALITY r(value, n)) x ORDER BY x.n`,
        [JSON.stringify(batch)],
      );
    }
  }
}

function groupByColumns(rows: { columns: string[]; row: (string | null)[] }[]): Map<string[], (string | null)[][]> {
  const groups = new Map<string, { columns: string[]; rows: (string | null)[][] }>();
  for (const { columns, row } of rows) {
    const key = JSON.stringify(columns);
    const group = groups.get(key) ?? { columns, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return new Map([...groups.values()].map((group) => [group.columns, group.rows]));
}
