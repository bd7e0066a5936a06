import { randomUUID } from 'node:crypto';
import { listRelations, mergeRelations } from './catalogue-reader';
import { tabletIndex } from './ids';
import { publication, SCHEMA, slotOf } from './install';
import type { EmulatorOptions } from './options';
import { readMessage, type Relation, type Tuple } from './pgoutput';
import { quoted, withDatabase, type Query } from './sql';
import type { DatabaseState, StateFile, TableState } from './state';
import type { ChangeRecord } from './tablet-file';
import type { Tablets } from './tablets';

/** WAL positions in order. */
export function lsnValue(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** So long may writers be kept waiting while a slot is made. */
const SLOT_TIMEOUT_MS = 300;
const QUERY_CANCELED = '57014';

interface KeyColumns {
  oid: number;
  columns: string[];
}

/**
 * Reads every committed change of a database from PostgreSQL's own log and puts it into tablet files. Files first, then
 * the catalogue, then the log: a kill in between repeats the flush.
 */
export class Journal {
  private readonly running = new Map<number, Promise<unknown>>();

  constructor(
    private readonly options: EmulatorOptions,
    private readonly state: StateFile,
    private readonly tablets: Tablets,
  ) {}

  /**
   * Makes the slot of a database that was not seen before; rows that are there already are copied as a first flush. Writers
   * are kept out meanwhile; a table that came while the slot was made makes it start over.
   */
  async open(database: DatabaseState): Promise<void> {
    await this.alone(database, async () => {
      if (database.flushedLsn !== '0/0') return; // opened while this call waited
      await withDatabase(this.options, database.name, async (query) => {
        const [slot] = await query('SELECT 1 FROM pg_replication_slots WHERE slot_name = $1', [slotOf(database.oid)]);
        if (slot) await query('SELECT pg_drop_replication_slot($1)', [slotOf(database.oid)]); // a kill came before its first flush was recorded
        while (!(await this.openOnce(query, database)));
      });
      this.state.save();
    });
  }

  private async openOnce(query: Query, database: DatabaseState): Promise<boolean> {
    await query('BEGIN');
    const relations = await listRelations(query);
    const tables = relations.filter(({ kind }) => kind === 'r');
    if (tables.length > 0)
      await query(
        `LOCK TABLE ${tables.map(({ schema, name }) => `${quoted(schema)}.${quoted(name)}`).join(', ')} IN SHARE MODE`,
      );
    // On another connection: making a slot waits for every transaction that writes. Ours does not, but one of those may wait for our lock.
    const lsn = await withDatabase(this.options, database.name, async (other) => {
      await other(`SET statement_timeout = ${SLOT_TIMEOUT_MS}`);
      const [made] = await other<{ lsn: string }>(
        "SELECT lsn::text FROM pg_create_logical_replication_slot($1, 'pgoutput')",
        [slotOf(database.oid)],
      );
      return made?.lsn;
    }).catch((error: unknown) => {
      if ((error as { code?: string }).code === QUERY_CANCELED) return undefined;
      throw error;
    });
    if (lsn === undefined) {
      await query('ROLLBACK');
      return false;
    }
    const after = (await listRelations(query)).filter(({ kind }) => kind === 'r');
    if (after.some(({ oid }) => !tables.some((table) => table.oid === oid))) {
      await query('ROLLBACK');
      await query('SELECT pg_drop_replication_slot($1)', [slotOf(database.oid)]);
      return false;
    }
    this.merge(database, relations);
    for (const { oid, schema, name } of tables) await this.firstCopy(query, database, { oid, schema, name, lsn });
    database.flushedLsn = lsn;
    await query('COMMIT');
    return true;
  }

  /** Flushes everything that was committed before now; returns the moment that the files have, in µs. */
  async flush(database: DatabaseState): Promise<{ micros: string }> {
    return await this.alone(
      database,
      async () =>
        await withDatabase(this.options, database.name, async (query) => await this.flushUpTo(query, database)),
    );
  }

  private async flushUpTo(query: Query, database: DatabaseState): Promise<{ micros: string }> {
    const marker = randomUUID();
    await query('SELECT pg_logical_emit_message(true, $1, $2)', [SCHEMA, marker]);
    const relations = await listRelations(query);
    const keys = await keyColumns(query);
    this.merge(database, relations);
    const changes = await query<{ lsn: string; data: Buffer }>(
      "SELECT lsn::text, data FROM pg_logical_slot_peek_binary_changes($1, NULL, NULL, 'proto_version', '1', 'publication_names', $2, 'messages', 'true')",
      [slotOf(database.oid), publication],
    );
    const found = this.sort(database, changes, keys, marker);
    const span = { fromLsn: database.flushedLsn, toLsn: found.lsn };
    for (const { table, tablet, records } of found.perTablet) {
      const home = table.tablets[tablet];
      if (home) this.tablets.append(table, home, records, span);
    }
    database.flushedLsn = found.lsn;
    this.state.save();
    await query('SELECT pg_replication_slot_advance($1, $2::pg_lsn)', [slotOf(database.oid), found.lsn]);
    return { micros: String(found.micros) };
  }

  /** Sorts changes up to the marker's commit into tablets; transactions after it stay in the log. */
  private sort(database: DatabaseState, changes: { lsn: string; data: Buffer }[], keys: KeyColumns[], marker: string) {
    const relations = new Map<number, Relation>();
    const perTablet = new Map<
      string,
      { table: TableState; tablet: number; records: ChangeRecord[]; columns?: string }
    >();
    const flushed = lsnValue(database.flushedLsn);
    let micros = 0n;
    let seen = false;
    const at = (table: TableState, tablet: number) => {
      const key = `${table.id} ${tablet}`;
      const entry = perTablet.get(key) ?? { table, tablet, records: [] };
      perTablet.set(key, entry);
      return entry;
    };
    const put = (oid: number, row: Tuple, kind: 'i' | 'd'): void => {
      const relation = relations.get(oid);
      const table = database.tables.find((one) => one.oid === oid);
      if (!relation || !table) return; // dropped since, or the emulator's own
      const named = keys.find((one) => one.oid === oid)?.columns ?? [];
      const key = named.map((name) => relation.columns.indexOf(name)).filter((i) => i >= 0);
      const values = row.map((value) => value ?? null);
      const entry = at(table, tabletIndex(JSON.stringify(key.length > 0 ? key.map((i) => values[i]) : values)));
      const columns = JSON.stringify([relation.columns, key]);
      if (entry.columns !== columns) entry.records.push({ c: relation.columns, k: key });
      entry.columns = columns;
      entry.records.push(kind === 'i' ? { i: values } : { d: values });
    };
    for (const { lsn, data } of changes) {
      const change = readMessage(data);
      if (change.kind === 'begin') micros = change.micros;
      if (change.kind === 'message' && change.content === marker) seen = true;
      if (change.kind === 'commit' && seen) return { perTablet: perTablet.values(), lsn, micros };
      if (change.kind === 'relation') relations.set(change.relation.oid, change.relation);
      if (lsnValue(lsn) <= flushed) continue; // flushed before a kill
      if (change.kind === 'insert') put(change.oid, change.row, 'i');
      if (change.kind === 'delete') put(change.oid, change.old, 'd');
      if (change.kind === 'update') {
        if (change.old) put(change.oid, change.old, 'd');
        put(change.oid, change.row, 'i');
      }
      if (change.kind === 'truncate') {
        for (const table of database.tables.filter(({ oid }) => change.oids.includes(oid)))
          for (const tablet of [0, 1, 2]) at(table, tablet).records.push({ t: 1 });
      }
    }
    throw new Error(`the marker ${marker} is not in the log of ${database.name}`);
  }

  private async firstCopy(
    query: Query,
    database: DatabaseState,
    copied: { oid: number; schema: string; name: string; lsn: string },
  ): Promise<void> {
    const table = database.tables.find(({ oid }) => oid === copied.oid);
    const key = (await keyColumns(query)).find(({ oid }) => oid === copied.oid)?.columns ?? [];
    const columns = await query<{ name: string }>(
      "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
      [copied.oid],
    );
    const names = columns.map(({ name }) => name);
    if (!table || names.length === 0) return;
    const rows = await query<Record<string, string | null>>(
      `SELECT ${names.map((name, i) => `${quoted(name)}::text AS c${i}`).join(', ')} FROM ONLY ${quoted(copied.schema)}.${quoted(copied.name)}`,
    );
    const k = key.map((name) => names.indexOf(name));
    const perTablet: ChangeRecord[][] = [[], [], []];
    for (const row of rows) {
      const values = names.map((_, i) => row[`c${i}`] ?? null);
      perTablet[tabletIndex(JSON.stringify(k.length > 0 ? k.map((i) => values[i]) : values))]?.push({ i: values });
    }
    perTablet.forEach((records, i) => {
      const tablet = table.tablets[i];
      if (tablet && records.length > 0)
        this.tablets.append(table, tablet, [{ c: names, k }, ...records], { fromLsn: '0/0', toLsn: copied.lsn });
    });
  }

  /** Looks at the relations again: new ones get tablets, dropped ones go. */
  async refresh(database: DatabaseState): Promise<void> {
    await this.alone(database, async () => {
      this.merge(database, await withDatabase(this.options, database.name, listRelations));
      this.state.save();
    });
  }

  private merge(database: DatabaseState, relations: Awaited<ReturnType<typeof listRelations>>): void {
    const { gone } = mergeRelations(database, relations);
    for (const table of gone) this.tablets.drop(table);
    for (const table of database.tables) this.tablets.create(table);
  }

  /** One at a time for each database: a slot has one reader. */
  private async alone<T>(database: DatabaseState, work: () => Promise<T>): Promise<T> {
    const before = this.running.get(database.oid) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.running.set(
      database.oid,
      mine.catch(() => undefined),
    );
    return await mine;
  }
}

async function keyColumns(query: Query): Promise<KeyColumns[]> {
  return await query<KeyColumns & Record<string, unknown>>(
    `SELECT i.indrelid::int8::int AS oid, array_agg(a.attname::text ORDER BY a.attnum) AS columns
       FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indisprimary GROUP BY 1`,
  );
}
