import { thawed, typeOf, type CqlType, type ScalarName, type UserType } from '../values/types';
import type { Stored } from '../values/values';
import { Writer } from './bytes';

const DAY_MS = 86_400_000;
/** A date is counted from the middle of its 32 bits. */
const DAY_ZERO = 2 ** 31;

/** The bytes of a value (native_protocol_v4.spec, section 6); null for none. */
export function encodeValue(type: CqlType, value: Stored, known: ReadonlyMap<string, UserType>): Buffer | null {
  if (value === null) return null;
  const inner = thawed(type);
  const items = Array.isArray(value) ? value : [];
  const writer = new Writer();
  switch (inner.kind) {
    case 'scalar':
      return encodeScalar(inner.name, typeof value === 'string' ? value : '');
    case 'list':
    case 'set':
      writer.int(items.length);
      for (const item of items) writer.bytes(encodeValue(inner.of, item, known));
      return writer.done();
    case 'map':
      writer.int(items.length);
      for (const pair of items as [Stored, Stored][])
        writer.bytes(encodeValue(inner.key, pair[0], known)).bytes(encodeValue(inner.value, pair[1], known));
      return writer.done();
    case 'udt': {
      const given = value as { [field: string]: Stored };
      for (const field of known.get(inner.name)?.fields ?? [])
        writer.bytes(encodeValue(typeOf(field.type), given[field.name] ?? null, known));
      return writer.done();
    }
    case 'frozen':
      return null;
  }
}

function sized(bytes: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(bytes);
  write(buffer);
  return buffer;
}

function encodeScalar(name: ScalarName, text: string): Buffer {
  switch (name) {
    case 'ascii':
    case 'text':
    case 'varchar':
    case 'jsonb':
      return Buffer.from(text, 'utf8');
    case 'tinyint':
      return sized(1, (to) => to.writeInt8(Number(text)));
    case 'smallint':
      return sized(2, (to) => to.writeInt16BE(Number(text)));
    case 'int':
      return sized(4, (to) => to.writeInt32BE(Number(text)));
    case 'bigint':
    case 'counter':
    case 'timestamp':
    case 'time':
      return sized(8, (to) => to.writeBigInt64BE(BigInt(text)));
    case 'float':
      return sized(4, (to) => to.writeFloatBE(Number(text)));
    case 'double':
      return sized(8, (to) => to.writeDoubleBE(Number(text)));
    case 'boolean':
      return Buffer.from([text.startsWith('t') ? 1 : 0]);
    case 'uuid':
    case 'timeuuid':
      return Buffer.from(text.replaceAll('-', ''), 'hex');
    case 'blob':
      return Buffer.from(text.slice(2), 'hex');
    case 'varint':
      return encodeVarint(BigInt(text));
    case 'decimal':
      return encodeDecimal(text);
    case 'date':
      return sized(4, (to) => to.writeUInt32BE(Date.parse(`${text}T00:00:00Z`) / DAY_MS + DAY_ZERO));
    case 'inet':
      return encodeAddress(text);
  }
}

/** The shortest two's complement. */
export function encodeVarint(value: bigint): Buffer {
  let bytes = 1;
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes += 1;
  const hex = BigInt.asUintN(bytes * 8, value).toString(16);
  return Buffer.from(hex.padStart(bytes * 2, '0'), 'hex');
}

/** A scale, and the digits as a varint. */
function encodeDecimal(text: string): Buffer {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = BigInt(`${whole}${fraction}`);
  return new Writer()
    .int(fraction.length - Number(power))
    .raw(encodeVarint(sign === '-' ? -digits : digits))
    .done();
}

/** 4 or 16 bytes. */
export function encodeAddress(text: string): Buffer {
  const plain = text.replace(/\/\d+$/, '');
  if (!plain.includes(':')) return Buffer.from(plain.split('.').map(Number));
  const [head = '', tail] = plain.split('::');
  const groups = (part: string): number[] =>
    part === ''
      ? []
      : part.split(':').flatMap((group) => {
          if (!group.includes('.')) return [parseInt(group, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number); // an IPv4 address at the end
          return [a * 256 + b, c * 256 + d];
        });
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => 0);
  return Buffer.concat([...first, ...zeros, ...last].map((group) => Buffer.from([group >> 8, group & 0xff])));
}
