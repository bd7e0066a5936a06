import { createHash } from 'node:crypto';
import { parseDefinition } from '../cql/catalog/definition';
import { hexId, type DatabaseState, type HiddenTable, type TableState, type TabletState } from '../state';
import { MESSAGE, SCHEMA } from '../sql/names';
import type { DescribedGroup, DescribedStorage } from '../sql/storage-sql';
import type { Change, Relation, Tuple } from './pgoutput';
import { parseRecordLiteral } from './record-literal';
import { hashRanges, layoutOf, rangesAt, tabletOf, tabletsHolding, type Row, type TabletRecord } from './records';

/** A relation as the event triggers describe it. */
export interface DescribedRelation {
  oid: number;
  schema: string;
  name: string;
  kind: 'r' | 'p' | 'm';
  filenode: number;
  /** False: a materialized view that was never refreshed. */
  populated: boolean;
  columns: { number: number; name: string; missing: string | null }[];
  key: number[] | null;
  /** Storage that differs from the default. */
  storage?: DescribedStorage | null;
  indexes: { oid: number; name: string; schema: string; filenode: number; storage?: DescribedStorage | null }[];
  /** The table's comment, which has a YCQL table's definition. */
  comment?: string | null;
}

/** `000033e8000030008000000000004100`: oids of the database and of the table. */
export const tableIdOf = (databaseOid: number, oid: number): string =>
  `${hex8(databaseOid)}0000300080000000${hex8(oid)}`;
/**
 * Id of the parent table of a group of colocated tables, and its name without the last word (master_util.cc,
 * entity_ids).
 */
export const groupIdOf = (
  { oid, id, colocated }: Pick<DatabaseState, 'oid' | 'id' | 'colocated'>,
  group: number,
): string =>
  colocated === 'legacy'
    ? `${id}.colocated.parent.uuid`
    : `${tableIdOf(oid, group)}.${colocated ?? 'tablegroup'}.parent.uuid`;

/** YCQL's ids are 32 random hex digits. */
export const ycqlIdOf = (databaseOid: number, object: number | string): string =>
  createHash('sha256').update(`${databaseOid}/${object}`).digest('hex').slice(0, 32);
const hex8 = (value: number): string => value.toString(16).padStart(8, '0');

type NewRow = ['i' | 'd', Row];

/**
 * Turns a database's log into lines of its tablets and keeps its tables up to date, transaction by transaction. Works
 * on a copy of the database's state, so that a failed flush changes nothing.
 */
export class Journal {
  /** New lines by tablet id. */
  readonly lines = new Map<string, string[]>();
  /** Tables whose tablets are to be removed from the disks. */
  readonly removed: HiddenTable[] = [];
  private readonly relations = new Map<number, Relation>();
  private readonly stamped = new Map<string, string>();
  private readonly indexed = new Map<string, number>();
  /** For the tablet of a group: the colocated table of its newest line. */
  private readonly owner = new Map<string, number>();
  /** For colocated tables: whether this batch has recorded their columns. */
  private readonly laidOut = new Set<string>();
  private readonly byOid = new Map<number, TableState>();
  /** Rows of relations that are described only at the end of their command (CREATE TABLE AS). */
  private early = new Map<number, NewRow[]>();

  /** `keepsDropped`: dropped tables keep their last lines, because a schedule keeps their history. */
  constructor(
    readonly database: DatabaseState,
    private readonly keepsDropped = false,
  ) {
    for (const table of database.tables) if (table.kind !== 'g') this.byOid.set(table.oid, table);
  }

  /** Begins a transaction; hybrid times strictly increase. */
  begin(micros: bigint): void {
    const last = BigInt(this.database.hybridMicros);
    this.database.hybridMicros = String(micros > last ? micros : last + 1n);
  }

  apply(change: Change): void {
    switch (change.kind) {
      case 'relation':
        this.relations.set(change.relation.oid, change.relation);
        break;
      case 'insert':
        this.row(change.oid, 'i', change.row);
        break;
      case 'update':
        this.row(change.oid, 'd', this.whole(change.oid, change.old));
        this.row(change.oid, 'i', change.row);
        break;
      case 'delete':
        this.row(change.oid, 'd', change.old);
        break;
      case 'truncate':
        for (const oid of change.oids) this.truncate(oid);
        break;
      case 'message':
        this.message(change.prefix, change.content);
        break;
      case 'commit':
        this.early.clear();
        break;
      case 'begin':
      case 'other':
    }
  }

  describe(relation: DescribedRelation): void {
    if (relation.kind === 'p') return; // its partitions hold the rows
    const known = this.byOid.get(relation.oid);
    const table = known ?? this.create({ ...relation, kind: relation.kind }, relation.storage);
    const moved = JSON.stringify(layoutOf(table.columns)) !== JSON.stringify(layoutOf(relation.columns));
    if (known && (table.schema !== relation.schema || table.name !== relation.name))
      (table.renames ??= []).push({ untilMicros: this.database.hybridMicros, schema: table.schema, name: table.name });
    Object.assign(table, {
      schema: relation.schema,
      name: relation.name,
      filenode: relation.filenode,
      columns: relation.columns,
      key: relation.key ?? [],
      describedMicros: this.database.hybridMicros,
    });
    this.defineCql(table, relation.comment);
    if (known && moved)
      for (const tablet of this.tabletsOf(table)) this.add(tablet, table, ['c', layoutOf(table.columns)]);
    this.describeIndexes(table, relation.indexes);
    const early = this.early.get(relation.oid) ?? [];
    this.early.delete(relation.oid);
    for (const [kind, row] of early) this.write(table, kind, row);
  }

  /** A row of a table that exists already. */
  insert(table: TableState, row: Row): void {
    this.write(table, 'i', row);
  }

  /** Other hash ranges: new tablets, empty at first. */
  retile(table: TableState, ranges: readonly { start: string; end: string }[]): void {
    this.discard({ ...table });
    table.tablets = newTablets(ranges);
  }

  /** Lines for the indexes of changed tables: how many rows changed. */
  finish(): void {
    for (const [tableId, rows] of this.indexed) {
      for (const index of this.database.tables.filter(({ indexedTableId }) => indexedTableId === tableId)) {
        for (const tablet of index.vector ? [] : this.tabletsOf(index)) this.add(tablet, index, ['n', rows]);
      }
    }
  }

  private message(prefix: string, content: string): void {
    if (prefix === MESSAGE.described)
      for (const relation of JSON.parse(content) as DescribedRelation[]) this.describe(relation);
    else if (prefix === MESSAGE.dropped) for (const oid of JSON.parse(content) as number[]) this.drop(oid);
    else if (prefix === MESSAGE.rewritten) this.rewrite(Number(content));
    else if (prefix === MESSAGE.group) this.group(JSON.parse(content) as DescribedGroup);
    else if (prefix === MESSAGE.row) {
      const space = content.indexOf(' ');
      this.row(Number(content.slice(0, space)), 'i', parseRecordLiteral(content.slice(space + 1)));
    }
  }

  /** New storage gets a new table id and new tablets; the same storage is emptied. */
  private rewrite(oid: number): void {
    const table = this.byOid.get(oid);
    if (!table) return;
    const id = this.idOf(table.filenode);
    if (id === table.id) {
      this.truncate(oid);
      return;
    }
    this.empty(table);
    this.discard({ ...table });
    for (const index of this.database.tables) if (index.indexedTableId === table.id) index.indexedTableId = id;
    Object.assign(table, {
      id,
      sinceMicros: this.database.hybridMicros,
      tablets: newTablets(table.tablets.map(({ start, end }) => ({ start, end }))),
    });
  }

  private row(oid: number, kind: 'i' | 'd', tuple: Tuple): void {
    const row = tuple.map((value) => value ?? null);
    const table = this.byOid.get(oid);
    if (table) this.write(table, kind, row);
    else if (this.relations.get(oid)?.schema !== SCHEMA) {
      const early = this.early.get(oid) ?? [];
      early.push([kind, row]);
      this.early.set(oid, early);
    }
  }

  private whole(oid: number, old: Tuple | undefined): Tuple {
    if (old) return old;
    const relation = this.relations.get(oid);
    throw new Error(
      `An update of ${relation?.schema}.${relation?.name} came without the old row: its REPLICA IDENTITY is not FULL.`,
    );
  }

  private write(table: TableState, kind: 'i' | 'd', row: Row): void {
    if (row.length !== table.columns.length) {
      throw new Error(
        `A row of ${table.schema}.${table.name} has ${row.length} values, but the table has ${table.columns.length} columns in the journal.`,
      );
    }
    this.add(tabletOf(table, this.tabletsOf(table), row), table, [kind, row]);
    this.indexed.set(table.id, (this.indexed.get(table.id) ?? 0) + 1);
  }

  private truncate(oid: number): void {
    const table = this.byOid.get(oid);
    for (const tablet of table ? this.tabletsOf(table) : []) if (table) this.add(tablet, table, ['t']);
  }

  /** Removes all rows of a colocated table from its tablet: its number may be reused. */
  private empty(table: TableState): void {
    if (table.colocated) for (const tablet of this.tabletsOf(table)) this.add(tablet, table, ['t']);
  }

  private tabletsOf(table: TableState): TabletState[] {
    return tabletsHolding(table, this.database.tables).tablets;
  }

  /** The parent table of a tablegroup, with the group's one tablet. */
  group({ oid, dropped }: DescribedGroup): void {
    const id = groupIdOf(this.database, oid);
    const known = this.database.tables.find((table) => table.id === id);
    if (dropped && known) {
      this.database.tables.splice(this.database.tables.indexOf(known), 1);
      this.discard(known);
    }
    if (dropped || known) return;
    this.database.tables.push({
      id,
      oid: 0,
      filenode: 0,
      schema: '',
      name: id.replace(/uuid$/, 'tablename'),
      kind: 'g',
      columns: [],
      key: [],
      sinceMicros: this.database.hybridMicros,
      tablets: newTablets(hashRanges(1)),
    });
  }

  private drop(oid: number): void {
    const table = this.byOid.get(oid);
    this.relations.delete(oid);
    if (!table) return;
    this.byOid.delete(oid);
    this.empty(table);
    this.database.tables.splice(this.database.tables.indexOf(table), 1);
    this.discard(table);
    for (const index of this.database.tables.filter(({ indexedTableId }) => indexedTableId === table.id))
      this.drop(index.oid);
  }

  private discard(table: TableState): void {
    this.removed.push({ ...table, droppedMicros: this.database.hybridMicros });
    if (!this.keepsDropped) for (const { id } of table.tablets) this.lines.delete(id);
  }

  private create(
    relation: { oid: number; schema: string; name: string; filenode: number; kind: TableState['kind'] },
    storage: DescribedStorage | null | undefined,
  ): TableState {
    const { oid, schema, name, filenode, kind } = relation;
    const group = storage?.group ?? undefined;
    if (group !== undefined) this.group({ oid: group });
    const table: TableState = {
      id: this.idOf(filenode),
      oid,
      filenode,
      schema,
      name,
      kind,
      columns: [],
      key: [],
      sinceMicros: this.database.hybridMicros,
      ...(group === undefined
        ? {}
        : { colocated: { parentId: groupIdOf(this.database, group), id: storage?.colocation ?? 0 } }),
      ...(storage?.hash === 0 && group === undefined ? { ordered: true as const } : {}),
      ...(storage?.vector ? { vector: true as const } : {}),
      tablets: group === undefined && !storage?.vector ? newTablets(rangesOf(kind, storage)) : [],
    };
    this.database.tables.push(table);
    this.byOid.set(oid, table);
    return table;
  }

  private idOf(filenode: number): string {
    const { oid, keyspace } = this.database;
    return keyspace === undefined ? tableIdOf(oid, filenode) : ycqlIdOf(oid, filenode);
  }

  private defineCql(table: TableState, comment: string | null | undefined): void {
    const cql = this.database.keyspace === undefined ? undefined : parseDefinition(comment);
    if (cql) table.cql = cql;
  }

  private describeIndexes(table: TableState, indexes: DescribedRelation['indexes']): void {
    const named = new Set(indexes.map(({ oid }) => oid));
    for (const index of this.database.tables.filter(({ indexedTableId }) => indexedTableId === table.id))
      if (!named.has(index.oid)) this.drop(index.oid);
    for (const { oid, schema, name, filenode, storage } of indexes) {
      const index = this.byOid.get(oid) ?? this.create({ oid, schema, name, filenode, kind: 'i' }, storage);
      Object.assign(index, { schema, name, indexedTableId: table.id });
    }
  }

  private add(tablet: TabletState, table: TableState, record: TabletRecord): void {
    let lines = this.lines.get(tablet.id);
    if (!lines) {
      lines = [];
      this.lines.set(tablet.id, lines);
    }
    const laid = table.colocated ? `${tablet.id}/${table.colocated.id}` : tablet.id;
    const first = !this.laidOut.has(laid);
    this.laidOut.add(laid);
    if (this.stamped.get(tablet.id) !== this.database.hybridMicros) {
      lines.push(JSON.stringify(['h', this.database.hybridMicros]));
      this.stamped.set(tablet.id, this.database.hybridMicros);
    }
    if (table.colocated && this.owner.get(tablet.id) !== table.colocated.id) {
      lines.push(JSON.stringify(['o', table.colocated.id] satisfies TabletRecord));
      this.owner.set(tablet.id, table.colocated.id);
    }
    if (first && record[0] !== 'c') lines.push(JSON.stringify(['c', layoutOf(table.columns)]));
    lines.push(JSON.stringify(record));
  }
}

/** An index has one tablet, a table three, unless they are split otherwise. */
function rangesOf(
  kind: TableState['kind'],
  storage: DescribedStorage | null | undefined,
): { start: string; end: string }[] {
  if (storage?.splitAt) return rangesAt(storage.splitAt);
  if (storage?.tablets) return hashRanges(storage.tablets);
  return hashRanges(kind === 'i' || storage?.hash === 0 ? 1 : 3);
}

/** Leaders rotate over the three tservers. */
export function newTablets(ranges: readonly { start: string; end: string }[]): TabletState[] {
  return ranges.map(({ start, end }, i) => ({
    id: hexId(),
    start,
    end,
    leader: i % 3,
    replicas: [0, 1, 2],
    nextFile: 10,
    files: [],
  }));
}
