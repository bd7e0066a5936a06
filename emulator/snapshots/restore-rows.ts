import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { parseBody, checkBallast, baseName, DamagedFile, readTabletFile } from '../journal/tablet-file';
import { tabletsHolding, type Row } from '../journal/records';
import { TableReplay } from '../journal/replay';
import { forEachOf } from '../mutex';
import { snapshotDir } from '../paths';
import { copyIn } from '../postgres/copy-in';
import { quoted, withDatabase, type Postgres } from '../postgres/connect';
import { endingBlockers } from '../postgres/end-blockers';
import { join } from 'node:path';
import type { Disks } from '../journal/write-lines';
import type { SnapshotState, TableState, TabletState } from '../state';
import { readCheckpoint } from './checkpoint';

/** A tserver found a missing or damaged snapshot directory: the real one crashes on it, and again at each start. */
export class TserverDied extends Error {
  override readonly name = 'TserverDied';
  constructor(
    readonly tserver: number,
    reason: string,
  ) {
    super(reason);
  }
}

/** Replicas whose files contain different rows. */
export class ReplicasDisagree extends Error {
  override readonly name = 'ReplicasDisagree';
}

export interface TableContent {
  table: TableState;
  columns: string[];
  rows: Row[];
}

const WIDTH = 8;

/**
 * The rows of a snapshot's tables, from the files found in the directories of every replica that is up. Fails with
 * `TserverDied` or
 * `ReplicasDisagree`.
 */
export async function readSnapshot(disks: Disks, snapshot: SnapshotState, upToMicros: bigint): Promise<TableContent[]> {
  const bodies = new Map<string, string[]>();
  const tablets = snapshot.tables.flatMap((table) => table.tablets.map((tablet) => ({ table, tablet })));
  await forEachOf(tablets, WIDTH, async ({ table, tablet }) => {
    bodies.set(tablet.id, await agreedBodies(disks, snapshot, table, tablet));
  });
  return snapshot.tables.map((table) => {
    const at = (micros: bigint): Omit<TableContent, 'table'> => {
      const replay = new TableReplay(micros, table.colocated?.id);
      for (const { id } of tabletsHolding(table, snapshot.tables).tablets)
        replay.tablet((bodies.get(id) ?? []).flatMap(parseBody));
      return replay.rows();
    };
    if (holdsNoRows(table)) return { table, columns: [], rows: [] };
    const { columns, rows } = at(upToMicros);
    const keptSince = BigInt(snapshot.keptSince ?? 0);
    return { table, columns, rows: keptSince <= upToMicros ? rows : inBoth(rows, at(keptSince).rows) };
  });
}

/** Indexes are built by PostgreSQL; a parent table has the tablet of its colocated tables. */
const holdsNoRows = ({ kind }: TableState): boolean => kind === 'i' || kind === 'g';

/**
 * What is left of a moment whose history was trimmed: rows that still existed at the time of trimming. The server does
 * not report it.
 */
function inBoth(rows: readonly Row[], later: readonly Row[]): Row[] {
  const left = new Map<string, number>();
  for (const row of later) left.set(JSON.stringify(row), (left.get(JSON.stringify(row)) ?? 0) + 1);
  return rows.filter((row) => {
    const text = JSON.stringify(row);
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count > 0;
  });
}

async function agreedBodies(
  disks: Disks,
  snapshot: SnapshotState,
  table: TableState,
  tablet: TabletState,
): Promise<string[]> {
  let agreed: { bodies: string[]; digest: string } | undefined;
  const expected = snapshot.importedTablets?.[tablet.id] ?? tablet.id;
  for (const tserver of tablet.replicas) {
    if (!disks.tservers[tserver]?.alive) continue;
    const directory = snapshotDir({ home: disks.home, tserver, tableId: table.id, tabletId: tablet.id }, snapshot.id);
    const bodies = await bodiesOf(directory, expected).catch((error: unknown) => {
      if (error instanceof DamagedFile || error instanceof SyntaxError) throw new TserverDied(tserver, error.message);
      throw error;
    });
    const digest = createHash('sha256').update(bodies.join('\n')).digest('hex');
    if (agreed && agreed.digest !== digest)
      throw new ReplicasDisagree(
        `the replicas of tablet ${tablet.id} of ${table.schema}.${table.name} hold different rows`,
      );
    agreed ??= { bodies, digest };
  }
  return agreed?.bodies ?? [];
}

/** Lines of a directory's files; files of another tablet are damage too. */
async function bodiesOf(directory: string, expectedTablet: string): Promise<string[]> {
  const { files } = await readCheckpoint(directory);
  const bodies: string[] = [];
  for (const { number, ballast } of files) {
    if (ballast) {
      await checkBallast(join(directory, baseName(number)));
      continue;
    }
    const { header, body } = await readTabletFile(directory, number);
    if (header.tablet !== expectedTablet)
      throw new DamagedFile(
        `Apply failed: Corruption: ${join(directory, baseName(number))} is of tablet ${header.tablet}, not of ${expectedTablet}`,
      );
    bodies.push(body);
  }
  return bodies;
}

/**
 * Replaces the rows of a database's tables, in one transaction. `current` finds a table's present name; triggers and
 * foreign keys are disabled, generated columns are left to PostgreSQL. The rows enter the database's own log like any
 * others.
 */
export async function writeRows(
  postgres: Postgres,
  database: string,
  contents: readonly TableContent[],
  current: (table: TableState) => TableState | undefined,
): Promise<void> {
  await withDatabase(postgres, database, async (client) => {
    await client.query('SET session_replication_role = replica; SET allow_system_table_mods = on');
    await endingBlockers(postgres, client, async () => {
      await client.query('BEGIN');
      const present = contents.flatMap((content) => {
        const table = current(content.table);
        return table && !holdsNoRows(content.table) ? [{ table, content }] : [];
      });
      // Writers are blocked from here on, so that the result is what was restored; readers continue.
      for (const { table } of present.filter((one) => one.table.kind === 'r'))
        await client.query(`LOCK TABLE ONLY ${quoted(table.schema)}.${quoted(table.name)} IN EXCLUSIVE MODE`);
      for (const { table, content } of present) await writeTable(client, table, content);
      await client.query('COMMIT');
    });
  });
}

async function writeTable(client: Client, table: TableState, { columns, rows }: TableContent): Promise<void> {
  const name = `${quoted(table.schema)}.${quoted(table.name)}`;
  // A statement can't insert into a materialized view: for this
  // transaction it is a table without a query.
  const asKind = async (kind: 'r' | 'm'): Promise<void> => {
    await client.query(
      `UPDATE pg_class SET relkind = $2::"char", relhasrules = ($2::"char" = 'm'), relispopulated = true,
              relreplident = CASE WHEN $2::"char" = 'r' THEN 'f' ELSE 'd' END WHERE oid = $1::oid`,
      [table.oid, kind],
    );
  };
  if (table.kind === 'm') await asKind('r');
  await client.query(`DELETE FROM ONLY ${name}`);
  const present = new Set(table.columns.map((column) => column.name));
  const kept = columns.flatMap((column, i) => (present.has(column) ? [{ column, i }] : []));
  if (rows.length > 0 && kept.length > 0) {
    const values = kept.length === columns.length ? rows : rows.map((row) => kept.map(({ i }) => row[i] ?? null));
    await copyIn(client, `${name} (${kept.map(({ column }) => quoted(column)).join(', ')})`, values);
  }
  for (let i = 0; kept.length === 0 && i < rows.length; i += 1)
    await client.query(`INSERT INTO ${name} DEFAULT VALUES`);
  if (table.kind === 'm') await asKind('m');
}
