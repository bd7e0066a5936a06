import { invalid } from '../errors';
import type { Literal } from '../language/literal';
import { thawed, typeOf, typeText, type CqlType, type ScalarName, type UserType } from '../values/types';
import { BytesReader } from './bytes';

const DAY_MS = 86_400_000;
const DAY_ZERO = 2 ** 31;

/** Types whose value may be empty; an empty value of any other type is null (`GetBindVariable` of cql_message.cc). */
const MAY_BE_EMPTY: ReadonlySet<ScalarName> = new Set(['text', 'varchar', 'ascii', 'blob']);

/** Whole numbers of a fixed length. */
const FIXED: Readonly<Partial<Record<ScalarName, number>>> = {
  tinyint: 1,
  smallint: 2,
  int: 4,
  bigint: 8,
  counter: 8,
  timestamp: 8,
  time: 8,
};

/** The literal that these bytes represent in a statement. Throws a `CqlError` if they are not a value of the type. */
export function decodeValue(
  type: CqlType,
  bytes: Buffer | null | undefined,
  known: ReadonlyMap<string, UserType>,
): Literal {
  if (!bytes) return { kind: 'null' };
  const inner = thawed(type);
  if (inner.kind === 'scalar')
    return bytes.length === 0 && !MAY_BE_EMPTY.has(inner.name) ? { kind: 'null' } : decodeScalar(inner.name, bytes);
  const reader = new BytesReader(bytes);
  const next = (of: CqlType): Literal => decodeValue(of, reader.bytes(), known);
  try {
    switch (inner.kind) {
      case 'list':
        return { kind: 'list', items: Array.from({ length: reader.int() }, () => next(inner.of)) };
      case 'set':
        return { kind: 'braces', entries: Array.from({ length: reader.int() }, () => ({ key: next(inner.of) })) };
      case 'map':
        return {
          kind: 'braces',
          entries: Array.from({ length: reader.int() }, () => ({ key: next(inner.key), value: next(inner.value) })),
        };
      case 'udt': {
        const fields = known.get(inner.name)?.fields ?? [];
        const entries = fields.map(({ name, type: of }) => ({
          key: { kind: 'name', value: name } as const,
          value: reader.left === 0 ? ({ kind: 'null' } as const) : next(typeOf(of)),
        }));
        return { kind: 'braces', entries };
      }
      case 'frozen':
        return { kind: 'null' };
    }
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && error.name === 'MalformedMessage'))
      throw invalid(`Invalid Arguments. No value of type ${typeText(type)} is bound`);
    throw error;
  }
}

function decodeScalar(name: ScalarName, bytes: Buffer): Literal {
  const fixed = FIXED[name];
  if (fixed !== undefined) {
    wants(name, bytes, fixed);
    return { kind: 'number', value: String(signed(bytes)) };
  }
  switch (name) {
    case 'float':
      wants(name, bytes, 4);
      return { kind: 'number', value: String(bytes.readFloatBE()) };
    case 'double':
      wants(name, bytes, 8);
      return { kind: 'number', value: String(bytes.readDoubleBE()) };
    case 'boolean':
      wants(name, bytes, 1);
      return { kind: 'boolean', value: bytes.readUInt8() !== 0 };
    case 'uuid':
    case 'timeuuid':
      wants(name, bytes, 16);
      return { kind: 'uuid', value: bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') };
    case 'blob':
      return { kind: 'blob', value: `0x${bytes.toString('hex')}` };
    case 'varint':
      return { kind: 'number', value: String(signed(bytes)) };
    case 'decimal':
      return { kind: 'number', value: `${signed(bytes.subarray(4))}e${-bytes.readInt32BE()}` };
    case 'date': {
      wants(name, bytes, 4);
      const day = new Date((bytes.readUInt32BE() - DAY_ZERO) * DAY_MS);
      return { kind: 'text', value: day.toISOString().slice(0, 10) };
    }
    case 'inet':
      return { kind: 'text', value: addressOf(bytes) };
    default:
      return { kind: 'text', value: bytes.toString('utf8') };
  }
}

function wants(name: ScalarName, bytes: Buffer, length: number): void {
  if (bytes.length !== length)
    throw invalid(`Invalid Arguments. A value of type ${name} has ${length} bytes, not ${bytes.length}`);
}

const signed = (bytes: Buffer): bigint =>
  bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  wants('inet', bytes, 16);
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16)).join(':');
}
