import type protobuf from 'protobufjs';
import { SnapshotFileInvalid } from '../errors';
import { decode } from './self-described';

export interface SnapshotTable {
  /** As the cluster prints it: 32 hex, or `….parent.uuid` of a colocation group. */
  id: string;
  name: string;
  /** PostgreSQL schema; empty on a colocation parent. */
  schema: string;
  kind: 'table' | 'index' | 'matview' | 'colocationParent';
  /** Of an index. */
  indexedTableId?: string;
  /** Its rows stand in the tablet of a colocation parent. */
  colocated: boolean;
  /** Dropped, but kept for a snapshot schedule. */
  hidden: boolean;
  columns: SnapshotColumn[];
}

export interface SnapshotColumn {
  /** Never given twice in a table: a column that is dropped and added again has another one. */
  id: number;
  name: string;
}

export interface SnapshotTablet {
  id: string;
  /** One table, or every table of a colocation group. */
  tableIds: string[];
  /** Upper-case hexadecimal; inclusive, empty: open. */
  partitionStart: string;
  /** Exclusive. */
  partitionEnd: string;
}

/** `SysRowEntryType` */
export const ROW = { TABLE: 1, TABLET: 2, NAMESPACE: 4 } as const;
const HIDE_STATE_VISIBLE = 0;

// Fields as the schema in the file names them; only those that are read.
export type Bytes = Uint8Array;

export interface BackupRow {
  entry?: { type?: number; id?: string; data?: Bytes };
  pg_schema_name?: Bytes;
}

interface SysTable {
  name?: Bytes;
  indexed_table_id?: Bytes;
  index_info?: { indexed_table_id?: Bytes };
  colocated?: boolean;
  hide_state?: number;
  is_matview?: boolean;
  schema?: { columns?: { id?: number; name?: Bytes }[] };
}

interface SysTablet {
  table_id?: Bytes;
  table_ids?: Bytes[];
  partition?: { partition_key_start?: Bytes; partition_key_end?: Bytes };
}

export function tableOf(root: protobuf.Root, row: BackupRow): SnapshotTable {
  const id = idOf(row);
  const table = decode<SysTable>(root, 'yb.master.SysTablesEntryPB', dataOf(row));
  const indexedTableId = text(table.indexed_table_id) || text(table.index_info?.indexed_table_id);
  const kind = id.endsWith('.parent.uuid')
    ? 'colocationParent'
    : indexedTableId !== ''
      ? 'index'
      : table.is_matview
        ? 'matview'
        : 'table';
  return {
    id,
    name: text(table.name),
    schema: text(row.pg_schema_name),
    kind,
    ...(indexedTableId === '' ? {} : { indexedTableId }),
    colocated: table.colocated ?? false,
    hidden: (table.hide_state ?? HIDE_STATE_VISIBLE) !== HIDE_STATE_VISIBLE,
    columns: (table.schema?.columns ?? []).map((column) => ({ id: column.id ?? 0, name: text(column.name) })),
  };
}

export function tabletOf(root: protobuf.Root, row: BackupRow): SnapshotTablet {
  const tablet = decode<SysTablet>(root, 'yb.master.SysTabletsEntryPB', dataOf(row));
  const tableIds = (tablet.table_ids ?? []).map(text);
  return {
    id: idOf(row),
    tableIds: tableIds.length > 0 ? tableIds : [text(tablet.table_id)],
    partitionStart: upperHex(tablet.partition?.partition_key_start),
    partitionEnd: upperHex(tablet.partition?.partition_key_end),
  };
}

export function idOf({ entry }: BackupRow): string {
  if (entry?.id === undefined || entry.id === '') throw new SnapshotFileInvalid('a row of it has no id');
  return entry.id;
}

export function dataOf({ entry }: BackupRow): Bytes {
  if (!entry?.data) throw new SnapshotFileInvalid('a row of it has no data');
  return entry.data;
}

/** Names are `bytes` in some releases' schema and `string` in others'. */
export function text(value: Bytes | string | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}

function upperHex(value: Bytes | undefined): string {
  return value === undefined ? '' : Buffer.from(value).toString('hex').toUpperCase();
}
