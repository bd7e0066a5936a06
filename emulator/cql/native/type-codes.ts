import { thawed, typeOf, type CqlType, type ScalarName, type UserType } from '../values/types';
import type { Writer } from './bytes';

/**
 * Codes of types (native_protocol_v4.spec, section 4.2.5.2); that of `jsonb` is YugabyteDB's own, and unknown to the
 * drivers of Cassandra.
 */
const SCALARS: Readonly<Record<ScalarName, number>> = {
  ascii: 0x01,
  bigint: 0x02,
  blob: 0x03,
  boolean: 0x04,
  counter: 0x05,
  decimal: 0x06,
  double: 0x07,
  float: 0x08,
  int: 0x09,
  timestamp: 0x0b,
  uuid: 0x0c,
  text: 0x0d,
  varchar: 0x0d,
  varint: 0x0e,
  timeuuid: 0x0f,
  inet: 0x10,
  date: 0x11,
  time: 0x12,
  smallint: 0x13,
  tinyint: 0x14,
  jsonb: 0x80,
};
const LIST = 0x20;
const MAP = 0x21;
const SET = 0x22;
const UDT = 0x30;

/** Writes a column's type. `keyspace`: of the user-defined types. */
export function writeType(
  writer: Writer,
  type: CqlType,
  known: { keyspace: string; types: ReadonlyMap<string, UserType> },
): void {
  const inner = thawed(type);
  switch (inner.kind) {
    case 'scalar':
      writer.short(SCALARS[inner.name]);
      return;
    case 'list':
    case 'set':
      writer.short(inner.kind === 'list' ? LIST : SET);
      writeType(writer, inner.of, known);
      return;
    case 'map':
      writer.short(MAP);
      writeType(writer, inner.key, known);
      writeType(writer, inner.value, known);
      return;
    case 'udt': {
      const fields = known.types.get(inner.name)?.fields ?? [];
      writer.short(UDT).string(known.keyspace).string(inner.name).short(fields.length);
      for (const field of fields) {
        writer.string(field.name);
        writeType(writer, typeOf(field.type), known);
      }
      return;
    }
    case 'frozen': // never left by `thawed`
  }
}
