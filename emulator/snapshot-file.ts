import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor';
import type { DatabaseState, SnapshotState, TableState } from './state';

/** The part of YugabyteDB's messages that an exported snapshot needs; field numbers as in the real .proto files. */
const PROTO = `
syntax = "proto2";
package yb.master;
message PartitionPB { repeated int32 hash_buckets = 1 [packed = true]; optional bytes partition_key_start = 2; optional bytes partition_key_end = 3; }
message QLTypePB { required int32 main = 1; }
message ColumnSchemaPB { optional uint32 id = 1; required string name = 2; required QLTypePB type = 3; optional bool is_key = 4; }
message SchemaPB { repeated ColumnSchemaPB columns = 1; }
message SysNamespaceEntryPB { required bytes name = 1; optional int32 database_type = 2; optional uint32 next_normal_pg_oid = 3; optional bool colocated = 4; optional int32 state = 5; }
message SysTablesEntryPB {
  required bytes name = 1; required uint32 version = 2; required SchemaPB schema = 3; optional int32 state = 6; optional int32 next_column_id = 8;
  optional int32 table_type = 10; optional bytes namespace_id = 11; optional bytes indexed_table_id = 13; optional bool colocated = 25; optional bytes namespace_name = 30;
  optional int32 hide_state = 33; optional bool is_matview = 37;
}
message SysTabletsEntryPB { optional int32 state = 4; required bytes table_id = 6; optional PartitionPB partition = 7; }
message SysRowEntry { optional int32 type = 1; optional string id = 2; optional bytes data = 3; }
message BackupRowEntryPB { optional SysRowEntry entry = 1; optional bytes pg_schema_name = 2; }
message SysSnapshotEntryPB { optional int32 state = 1; optional fixed64 snapshot_hybrid_time = 4; optional int64 version = 5; optional int32 retention_duration_hours = 8; optional bool imported = 9; }
message SnapshotInfoPB { optional bytes id = 1; optional SysSnapshotEntryPB entry = 2; optional int64 format_version = 3; repeated BackupRowEntryPB backup_entries = 4; }
`;
const HEADER_PROTO =
  'syntax = "proto2"; package yb; message ContainerSupHeaderPB { required bytes protos = 1; required string pb_type = 2; }';
const INSTANCE_PROTO =
  'syntax = "proto2"; package yb; message InstanceMetadataPB { required bytes uuid = 1; required string format_stamp = 2; }';

const root = protobuf.parse(PROTO, { keepCase: true }).root;
const headerType = protobuf.parse(HEADER_PROTO, { keepCase: true }).root.lookupType('yb.ContainerSupHeaderPB');
const instanceRoot = protobuf.parse(INSTANCE_PROTO, { keepCase: true }).root;
const type = (name: string): protobuf.Type => root.lookupType(`yb.master.${name}`);
const encode = (name: string, value: object): Buffer =>
  Buffer.from(type(name).encode(type(name).fromObject(value)).finish());

const ROW = { TABLE: 1, TABLET: 2, NAMESPACE: 4 } as const;
const COMPLETE = 2;
const PGSQL = { database: 3, table: 4 } as const;
const MAGIC = 'yugacntr';

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  return c >>> 0;
});

/** CRC-32C (Castagnoli). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

function record(data: Buffer): Buffer {
  const framed = Buffer.alloc(8 + data.length);
  framed.writeUInt32LE(data.length, 0);
  data.copy(framed, 4);
  framed.writeUInt32LE(crc32c(data), 4 + data.length);
  return framed;
}

/** A protobuf container: magic, version 1, the schema that describes the message, the message. */
function container(schema: protobuf.Root, pbType: string, message: Buffer): Buffer {
  const { FileDescriptorSet } = require('protobufjs/ext/descriptor') as { FileDescriptorSet: protobuf.Type }; // eslint-disable-line @typescript-eslint/no-require-imports -- a CommonJS module that extends Root
  const descriptor = (schema as protobuf.Root & { toDescriptor(syntax: string): protobuf.Message }).toDescriptor(
    'proto2',
  );
  const header = headerType
    .encode(headerType.create({ protos: FileDescriptorSet.encode(descriptor).finish(), pb_type: pbType }))
    .finish();
  const start = Buffer.alloc(12);
  start.write(MAGIC, 'latin1');
  start.writeUInt32LE(1, 8);
  return Buffer.concat([start, record(Buffer.from(header)), record(message)]);
}

/** The `instance` file that says which tserver owns a data directory. */
export function instanceFileContent(uuid: string): Buffer {
  const instance = instanceRoot.lookupType('yb.InstanceMetadataPB');
  return container(
    instanceRoot,
    'yb.InstanceMetadataPB',
    Buffer.from(instance.encode({ uuid: Buffer.from(uuid, 'latin1'), format_stamp: 'emulator' }).finish()),
  );
}

const uuidBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

/** The exported metadata of a snapshot, format 2: namespace, then each table followed by its tablets. */
export function encodeSnapshotFile(snapshot: SnapshotState, database: Pick<DatabaseState, 'id' | 'name'>): Buffer {
  const entries: object[] = [
    {
      entry: {
        type: ROW.NAMESPACE,
        id: database.id,
        data: encode('SysNamespaceEntryPB', {
          name: Buffer.from(database.name),
          database_type: PGSQL.database,
          colocated: false,
          state: 3,
        }),
      },
    },
  ];
  for (const table of snapshot.tables) {
    const data = encode('SysTablesEntryPB', {
      name: Buffer.from(table.name),
      version: 0,
      schema: { columns: [{ id: 10, name: 'ybctid', type: { main: 8 }, is_key: true }] },
      state: 2,
      table_type: PGSQL.table,
      namespace_id: Buffer.from(database.id),
      namespace_name: Buffer.from(database.name),
      colocated: false,
      ...(table.indexedTableId === undefined ? {} : { indexed_table_id: Buffer.from(table.indexedTableId) }),
      ...(table.kind === 'm' ? { is_matview: true } : {}),
    });
    entries.push({ entry: { type: ROW.TABLE, id: table.id, data }, pg_schema_name: Buffer.from(table.schema) });
    for (const tablet of table.tablets) {
      const partition = {
        partition_key_start: Buffer.from(tablet.start, 'hex'),
        partition_key_end: Buffer.from(tablet.end, 'hex'),
      };
      entries.push({
        entry: {
          type: ROW.TABLET,
          id: tablet.id,
          data: encode('SysTabletsEntryPB', { state: 3, table_id: Buffer.from(table.id), partition }),
        },
      });
    }
  }
  const info = encode('SnapshotInfoPB', {
    id: uuidBytes(snapshot.id),
    entry: { state: COMPLETE, snapshot_hybrid_time: hybridTime(snapshot.micros), version: 1 },
    format_version: 2,
    backup_entries: entries,
  });
  return container(root, 'yb.master.SnapshotInfoPB', info);
}

/** µs in the upper 52 bits, a logical counter in the lower 12. */
function hybridTime(micros: string): { low: number; high: number; unsigned: boolean } {
  const value = BigInt(micros) << 12n;
  return { low: Number(value & 0xffffffffn) | 0, high: Number(value >> 32n) | 0, unsigned: true };
}

export interface ExportedFile {
  id: string;
  micros: string;
  databaseName: string;
  databaseId: string;
  tables: (Pick<TableState, 'id' | 'schema' | 'name'> & {
    isIndex: boolean;
    indexedTableId?: string;
    tablets: { id: string; start: string; end: string }[];
  })[];
}

/** Reads an exported file; undefined when magic, version, checksums or length are not right. */
export function decodeSnapshotFile(bytes: Buffer): ExportedFile | undefined {
  if (bytes.toString('latin1', 0, 8) !== MAGIC || bytes.readUInt32LE(8) !== 1) return undefined;
  const first = recordAt(bytes, 12);
  const second = first && recordAt(bytes, first.end);
  if (second?.end !== bytes.length) return undefined;
  const info = type('SnapshotInfoPB').toObject(type('SnapshotInfoPB').decode(second.data), { longs: String }) as {
    id: Buffer;
    entry: { snapshot_hybrid_time: string };
    backup_entries: { entry: { type: number; id: string; data: Buffer }; pg_schema_name?: Buffer }[];
  };
  const hex = info.id.toString('hex');
  const file: ExportedFile = {
    id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    micros: String(BigInt(info.entry.snapshot_hybrid_time) >> 12n),
    databaseName: '',
    databaseId: '',
    tables: [],
  };
  for (const { entry, pg_schema_name } of info.backup_entries) {
    if (entry.type === ROW.NAMESPACE)
      Object.assign(file, {
        databaseId: entry.id,
        databaseName: text(decodeRow('SysNamespaceEntryPB', entry.data)['name']),
      });
    if (entry.type === ROW.TABLE) {
      const row = decodeRow('SysTablesEntryPB', entry.data);
      const indexed = row['indexed_table_id'];
      file.tables.push({
        id: entry.id,
        schema: text(pg_schema_name),
        name: text(row['name']),
        isIndex: indexed !== undefined,
        ...(indexed === undefined ? {} : { indexedTableId: text(indexed) }),
        tablets: [],
      });
    }
    if (entry.type === ROW.TABLET) {
      const { partition } = decodeRow('SysTabletsEntryPB', entry.data) as {
        partition?: { partition_key_start?: Buffer; partition_key_end?: Buffer };
      };
      file.tables.at(-1)?.tablets.push({
        id: entry.id,
        start: partition?.partition_key_start?.toString('hex').toUpperCase() ?? '',
        end: partition?.partition_key_end?.toString('hex').toUpperCase() ?? '',
      });
    }
  }
  return file;
}

const text = (value: unknown): string =>
  Buffer.isBuffer(value)
    ? value.toString('utf8')
    : value instanceof Uint8Array
      ? Buffer.from(value).toString('utf8')
      : '';
const decodeRow = (name: string, data: Buffer): Record<string, unknown> => type(name).toObject(type(name).decode(data));

function recordAt(bytes: Buffer, offset: number): { data: Buffer; end: number } | undefined {
  if (offset + 4 > bytes.length) return undefined;
  const size = bytes.readUInt32LE(offset);
  const end = offset + 8 + size;
  if (end > bytes.length) return undefined;
  const data = bytes.subarray(offset + 4, offset + 4 + size);
  return bytes.readUInt32LE(end - 4) === crc32c(data) ? { data, end } : undefined;
}
