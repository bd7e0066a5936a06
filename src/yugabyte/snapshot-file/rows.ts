import type protobuf from 'protobufjs';
import { z } from 'zod';
import { SnapshotFileInvalid } from '../errors';
import { decode } from './self-described';

export interface SnapshotTable {
  /** As the cluster prints it: 32 hex digits, or `….parent.uuid` for a colocation group. */
  id: string;
  name: string;
  /** PostgreSQL schema; empty on a colocation parent. */
  schema: string;
  kind: 'table' | 'index' | 'matview' | 'colocationParent';
  /** For an index: its table. */
  indexedTableId?: string;
  /** A vector index (`USING ybhnsw`): it has no tablet of its own, but is stored in its table's, colocated or not. */
  vectorIndex?: true;
  /** Its rows are in the tablet of a colocation parent. */
  colocated: boolean;
  /** Dropped, but retained for a snapshot schedule. */
  hidden: boolean;
  columns: SnapshotColumn[];
}

export interface SnapshotColumn {
  /** Never reused in a table: a column that is dropped and added again gets a new one. */
  id: number;
  name: string;
}

export interface SnapshotTablet {
  id: string;
  /** One table, or every table of a colocation group. */
  tableIds: string[];
  /** Upper-case hexadecimal; inclusive, empty: unbounded. */
  partitionStart: string;
  /** Exclusive. */
  partitionEnd: string;
}

/** `SysRowEntryType` */
export const ROW = { TABLE: 1, TABLET: 2, NAMESPACE: 4 } as const;
const HIDE_STATE_VISIBLE = 0;

// Fields as named by the schema in the file; only those that are used. Names are `bytes` in some releases and `string`
// in others.
export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'no bytes');
export const words = z.union([z.string(), bytes]);

export const backupRow = z.object({
  entry: z.object({ type: z.number().optional(), id: words.optional(), data: bytes.optional() }).optional(),
  pg_schema_name: words.optional(),
});
export type BackupRow = z.output<typeof backupRow>;

const sysTable = z.object({
  name: words.optional(),
  indexed_table_id: words.optional(),
  index_info: z
    .object({ indexed_table_id: words.optional(), vector_idx_options: z.looseObject({}).nullish() })
    .optional(),
  colocated: z.boolean().optional(),
  hide_state: z.number().optional(),
  is_matview: z.boolean().optional(),
  schema: z
    .object({ columns: z.array(z.object({ id: z.number().optional(), name: words.optional() })).optional() })
    .optional(),
});

const sysTablet = z.object({
  table_id: words.optional(),
  table_ids: z.array(words).optional(),
  partition: z.object({ partition_key_start: bytes.optional(), partition_key_end: bytes.optional() }).optional(),
});

export function tableOf(root: protobuf.Root, row: BackupRow): SnapshotTable {
  const id = idOf(row);
  const table = decode(root, 'yb.master.SysTablesEntryPB', sysTable, dataOf(row));
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
    ...(table.index_info?.vector_idx_options ? { vectorIndex: true as const } : {}),
    colocated: table.colocated ?? false,
    hidden: (table.hide_state ?? HIDE_STATE_VISIBLE) !== HIDE_STATE_VISIBLE,
    columns: (table.schema?.columns ?? []).map((column) => ({ id: column.id ?? 0, name: text(column.name) })),
  };
}

export function tabletOf(root: protobuf.Root, row: BackupRow): SnapshotTablet {
  const tablet = decode(root, 'yb.master.SysTabletsEntryPB', sysTablet, dataOf(row));
  // The table that its directory is named after comes first; some masters do not name the others.
  const tableIds = [tablet.table_id, ...(tablet.table_ids ?? [])].map(text).filter((id) => id !== '');
  return {
    id: idOf(row),
    tableIds: [...new Set(tableIds)],
    partitionStart: upperHex(tablet.partition?.partition_key_start),
    partitionEnd: upperHex(tablet.partition?.partition_key_end),
  };
}

export function idOf({ entry }: BackupRow): string {
  const id = text(entry?.id);
  if (id === '') throw new SnapshotFileInvalid('a row of it has no id');
  return id;
}

export function dataOf({ entry }: BackupRow): Uint8Array {
  if (!entry?.data) throw new SnapshotFileInvalid('a row of it has no data');
  return entry.data;
}

export function text(value: Uint8Array | string | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}

function upperHex(value: Uint8Array | undefined): string {
  return value === undefined ? '' : Buffer.from(value).toString('hex').toUpperCase();
}
