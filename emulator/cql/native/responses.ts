import type { CqlError } from '../errors';
import type { CqlResult, CqlRows, SchemaChange } from '../run/result';
import { typeOf, type CqlType } from '../values/types';
import { typesByName } from '../catalog/definition';
import { Writer } from './bytes';
import { encodeValue } from './encode';
import { writeType } from './type-codes';

const KINDS = { void: 1, rows: 2, keyspace: 3, prepared: 4, schema: 5 } as const;
const GLOBAL_TABLE = 0x01;
const MORE_PAGES = 0x02;
const NO_METADATA = 0x04;

/** Error codes (cql_message.h), by the names that ycqlsh uses. Besides these YugabyteDB only sends UNPREPARED. */
const ERROR_CODES = {
  ServerError: 0x0000,
  ProtocolError: 0x000a,
  BadCredentials: 0x0100,
  SyntaxException: 0x2000,
  Unauthorized: 0x2100,
  InvalidRequest: 0x2200,
  Unprepared: 0x2500,
} as const satisfies Readonly<Record<CqlError['kind'], number>> & Readonly<Record<string, number>>;

export type ErrorKind = keyof typeof ERROR_CODES;

export const errorBody = (kind: ErrorKind, message: string): Buffer =>
  new Writer().int(ERROR_CODES[kind]).string(message).done();

export const unpreparedBody = (id: Buffer): Buffer =>
  new Writer().int(ERROR_CODES.Unprepared).string('Unprepared Statement. (ql error -310)').shortBytes(id).done();

/** The body of a RESULT. */
export function resultBody(result: CqlResult, skipMetadata: boolean): Buffer {
  const writer = new Writer();
  switch (result.kind) {
    case 'void':
      return writer.int(KINDS.void).done();
    case 'keyspace':
      return writer.int(KINDS.keyspace).string(result.keyspace).done();
    case 'schema':
      return writer.int(KINDS.schema).raw(changeBody(result)).done();
    case 'select':
    case 'applied':
      return rowsBody(result, skipMetadata);
  }
}

function rowsBody(result: CqlRows, skipMetadata: boolean): Buffer {
  const writer = new Writer().int(KINDS.rows);
  writeMetadata(writer, result, skipMetadata);
  writer.int(result.rows.length);
  const known = typesByName(result.types);
  const types = result.columns.map((column) => typeOf(column.type));
  for (const row of result.rows)
    for (const [i, type] of types.entries()) writer.bytes(encodeValue(type, row[i] ?? null, known));
  return writer.done();
}

function writeMetadata(writer: Writer, { columns, types, from, next }: Omit<CqlRows, 'rows'>, skip = false): void {
  writer.int((skip ? NO_METADATA : GLOBAL_TABLE) | (next ? MORE_PAGES : 0)).int(columns.length);
  if (next) writer.bytes(next);
  if (skip) return;
  const keyspace = from?.keyspace ?? '';
  writer.string(keyspace).string(from?.table ?? '');
  for (const { name, type } of columns) {
    writer.string(name);
    writeType(writer, typeOf(type), { keyspace, types: typesByName(types) });
  }
}

/** Parameters and result columns of a prepared statement. */
export interface PreparedShape {
  /** In the order of the markers. */
  markers: { name: string; type: CqlType }[];
  /** Which markers are the partition key's columns, in their order; empty unless all are bound. */
  partition: number[];
  /** Of the table in the statement. */
  from: { keyspace: string; table: string };
  types: CqlRows['types'];
  /** Absent: it returns no rows. */
  rows?: Omit<CqlRows, 'rows'>;
}

export function preparedBody(id: Buffer, shape: PreparedShape, version: number): Buffer {
  const writer = new Writer().int(KINDS.prepared).shortBytes(id).int(GLOBAL_TABLE).int(shape.markers.length);
  if (version >= 4) {
    writer.int(shape.partition.length);
    for (const at of shape.partition) writer.short(at);
  }
  writer.string(shape.from.keyspace).string(shape.from.table);
  for (const { name, type } of shape.markers) {
    writer.string(name);
    writeType(writer, type, { keyspace: shape.from.keyspace, types: typesByName(shape.types) });
  }
  if (shape.rows) writeMetadata(writer, shape.rows);
  else writer.int(NO_METADATA).int(0);
  return writer.done();
}

const changeBody = ({ change, keyspace, object }: SchemaChange): Buffer => {
  const writer = new Writer()
    .string(change)
    .string(object?.kind ?? 'KEYSPACE')
    .string(keyspace);
  return (object ? writer.string(object.name) : writer).done();
};

/**
 * The body of the EVENT that follows a change on the same connection, if the client has registered for such events
 * (SerializeResultBody of cql_message.cc).
 */
export const schemaEventBody = (change: SchemaChange): Buffer =>
  new Writer().string('SCHEMA_CHANGE').raw(changeBody(change)).done();
