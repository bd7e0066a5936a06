import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor';
import { SnapshotFileInvalid } from '../errors';
import { microsOfHybridTime, type Micros } from '../micros';
import { readContainer } from './container';

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

export interface SnapshotFile {
  /** Dashed UUID. */
  snapshotId: string;
  snapshotMicros: Micros;
  /** The same moment with its logical counter, decimal. */
  hybridTime: string;
  formatVersion: number;
  /** After so many hours the cluster deletes it by itself; absent: it has no such limit, or never. */
  retentionHours?: number;
  database: { id: string; name: string; colocated: boolean };
  tables: SnapshotTable[];
  /** The exact set that the snapshot covers; each one once. */
  tablets: SnapshotTablet[];
}

/** `SysRowEntryType` */
export const ROW = { TABLE: 1, TABLET: 2, NAMESPACE: 4 } as const;
const HIDE_STATE_VISIBLE = 0;
const READABLE_FORMATS = new Set([2, 3]);
export const SNAPSHOT_TYPE = 'yb.master.SnapshotInfoPB';

/**
 * Reads a file written by `yb-admin export_snapshot`. The file brings its own schema, so fields of newer releases do
 * no harm. Fails with `SnapshotFileInvalid` for anything damaged or unknown.
 */
export function decodeSnapshotFile(bytes: Uint8Array): SnapshotFile {
  const { header, message } = readContainer(bytes);
  const root = schemaOf(header);
  const info = decode<SnapshotInfo>(root, SNAPSHOT_TYPE, message);
  const formatVersion = Number(info.format_version ?? 1);
  if (!READABLE_FORMATS.has(formatVersion))
    throw new SnapshotFileInvalid(`its format is ${formatVersion}, and only 2 and 3 are known`);
  const hybridTime = info.entry?.snapshot_hybrid_time;
  if (hybridTime === undefined || info.id?.length !== 16)
    throw new SnapshotFileInvalid('it names no snapshot or no time');

  const retentionHours = info.entry?.retention_duration_hours;
  const rows = info.backup_entries ?? [];
  const namespaces = rows.filter(({ entry }) => entry?.type === ROW.NAMESPACE);
  const [namespace] = namespaces;
  if (!namespace || namespaces.length > 1)
    throw new SnapshotFileInvalid(`it covers ${namespaces.length} databases instead of one`);
  const { name, colocated } = decode<SysNamespace>(root, 'yb.master.SysNamespaceEntryPB', dataOf(namespace));
  return {
    snapshotId: dashed(info.id),
    snapshotMicros: microsOfHybridTime(BigInt(hybridTime)),
    hybridTime,
    formatVersion,
    ...(retentionHours !== undefined && retentionHours > 0 ? { retentionHours } : {}),
    database: { id: idOf(namespace), name: text(name), colocated: colocated ?? false },
    tables: uniqueById(rows.filter(({ entry }) => entry?.type === ROW.TABLE).map((row) => tableOf(root, row))),
    tablets: uniqueById(rows.filter(({ entry }) => entry?.type === ROW.TABLET).map((row) => tabletOf(root, row))),
  };
}

function tableOf(root: protobuf.Root, row: BackupRow): SnapshotTable {
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

/** `ContainerSupHeaderPB`: 1 `protos` FileDescriptorSet, 2 `pb_type`. */
export function schemaOf(header: Uint8Array): protobuf.Root {
  let protos: Uint8Array | undefined;
  let type = '';
  try {
    const reader = protobuf.Reader.create(header);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === ((1 << 3) | 2)) protos = reader.bytes();
      else if (tag === ((2 << 3) | 2)) type = reader.string();
      else reader.skipType(tag & 7);
    }
  } catch {
    throw new SnapshotFileInvalid('its schema record cannot be read');
  }
  if (type !== SNAPSHOT_TYPE)
    throw new SnapshotFileInvalid(`it holds a ${type || 'message of no type'}, not a ${SNAPSHOT_TYPE}`);
  if (!protos) throw new SnapshotFileInvalid('it brings no schema');
  try {
    const root = protobuf.Root.fromDescriptor(protos, { keepCase: true });
    root.resolveAll();
    return root;
  } catch (error) {
    throw new SnapshotFileInvalid(
      `its schema cannot be used (${(error as { message?: string }).message ?? 'unknown reason'})`,
    );
  }
}

function decode<T>(root: protobuf.Root, type: string, bytes: Uint8Array): T {
  try {
    const known = root.lookupType(type);
    return known.toObject(known.decode(bytes), { longs: String }) as T;
  } catch (error) {
    throw new SnapshotFileInvalid(
      `a ${type} in it cannot be read (${(error as { message?: string }).message ?? 'unknown reason'})`,
    );
  }
}

// Fields as the schema in the file names them; only those that are read. Enums come as numbers, 64-bit numbers as text.
type Bytes = Uint8Array;
interface SnapshotInfo {
  id?: Bytes;
  entry?: { snapshot_hybrid_time?: string; retention_duration_hours?: number };
  format_version?: string;
  backup_entries?: BackupRow[];
}
export interface BackupRow {
  entry?: { type?: number; id?: string; data?: Bytes };
  pg_schema_name?: Bytes;
}
interface SysNamespace {
  name?: Bytes;
  colocated?: boolean;
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

function idOf({ entry }: BackupRow): string {
  if (entry?.id === undefined || entry.id === '') throw new SnapshotFileInvalid('a row of it has no id');
  return entry.id;
}

function dataOf({ entry }: BackupRow): Bytes {
  if (!entry?.data) throw new SnapshotFileInvalid('a row of it has no data');
  return entry.data;
}

/** Names are `bytes` in some releases' schema and `string` in others'. */
function text(value: Bytes | string | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}

function upperHex(value: Bytes | undefined): string {
  return value === undefined ? '' : Buffer.from(value).toString('hex').toUpperCase();
}

function dashed(id: Bytes): string {
  return Buffer.from(id)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Old masters repeated a colocation group's tablet for each of its tables. */
function uniqueById<T extends { id: string }>(rows: T[]): T[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
