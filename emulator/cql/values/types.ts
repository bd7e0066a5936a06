import { invalid } from '../errors';
import { cqlName, Reader, type QualifiedName } from '../language/reader';

/** Types of one value. */
const SCALARS = [
  'ascii', 'bigint', 'blob', 'boolean', 'counter', 'date', 'decimal', 'double', 'float', 'inet', 'int', 'jsonb', 'smallint', 'text', 'time', 'timestamp',
  'timeuuid', 'tinyint', 'uuid', 'varchar', 'varint',
] as const; // prettier-ignore
export type ScalarName = (typeof SCALARS)[number];

/** A CQL type. `frozen` has no effect in the emulator, but is shown again. */
export type CqlType =
  | { kind: 'scalar'; name: ScalarName }
  | { kind: 'list' | 'set' | 'frozen'; of: CqlType }
  | { kind: 'map'; key: CqlType; value: CqlType }
  | { kind: 'udt'; keyspace?: string; name: string };

/** Fields of a user-defined type, in order. */
export interface UserType {
  name: string;
  fields: { name: string; type: string }[];
}

export const isScalar = (name: string): name is ScalarName => (SCALARS as readonly string[]).includes(name);

export function readType(reader: Reader): CqlType {
  const { keyspace, name } = reader.qualified();
  if (keyspace !== undefined) return { kind: 'udt', keyspace, name };
  if (name === 'list' || name === 'set' || name === 'frozen') {
    reader.sign('<');
    const of = readType(reader);
    reader.sign('>');
    return { kind: name, of };
  }
  if (name === 'map') {
    reader.sign('<');
    const key = readType(reader);
    reader.sign(',');
    const value = readType(reader);
    reader.sign('>');
    return { kind: 'map', key, value };
  }
  return isScalar(name) ? { kind: 'scalar', name } : { kind: 'udt', name };
}

/** A type from its text, as definitions keep it. */
export function typeOf(text: string): CqlType {
  const reader = new Reader(text);
  const type = readType(reader);
  reader.end();
  return type;
}

/** `varchar` is shown as `text`; a type of the own keyspace without the keyspace. */
export function typeText(type: CqlType): string {
  switch (type.kind) {
    case 'scalar':
      return type.name === 'varchar' ? 'text' : type.name;
    case 'map':
      return `map<${typeText(type.key)}, ${typeText(type.value)}>`;
    case 'udt':
      return cqlName(type.name);
    case 'list':
    case 'set':
    case 'frozen':
      return `${type.kind}<${typeText(type.of)}>`;
  }
}

/** Without a surrounding `frozen`. */
export const thawed = (type: CqlType): CqlType => (type.kind === 'frozen' ? thawed(type.of) : type);

/** Names of user-defined types in a type. */
export function userTypesIn(type: CqlType): string[] {
  switch (type.kind) {
    case 'scalar':
      return [];
    case 'udt':
      return [type.name];
    case 'map':
      return [...userTypesIn(type.key), ...userTypesIn(type.value)];
    case 'list':
    case 'set':
    case 'frozen':
      return userTypesIn(type.of);
  }
}

/** Fails if a type refers to one that does not exist, or to one of another keyspace. */
export function checkType(type: CqlType, keyspace: string, known: ReadonlyMap<string, UserType>): void {
  if (type.kind === 'udt' && type.keyspace !== undefined && type.keyspace !== keyspace)
    throw invalid(`Feature Not Supported. User-defined type ${type.keyspace}.${type.name} is of another keyspace`);
  if (type.kind === 'udt' && !known.has(type.name)) throw invalid(`Type Not Found. ${keyspace}.${type.name}`);
  for (const part of type.kind === 'map' ? [type.key, type.value] : 'of' in type ? [type.of] : [])
    checkType(part, keyspace, known);
}

/** PostgreSQL's type that holds the values: numbers and times as numbers, collections and UDTs as JSON of texts. */
export function storageType(type: CqlType): string {
  const inner = thawed(type);
  if (inner.kind !== 'scalar') return 'jsonb';
  return STORAGE[inner.name];
}

const STORAGE: Readonly<Record<ScalarName, string>> = {
  ascii: 'text COLLATE "C"',
  text: 'text COLLATE "C"',
  varchar: 'text COLLATE "C"',
  tinyint: 'smallint',
  smallint: 'smallint',
  int: 'integer',
  bigint: 'bigint',
  counter: 'bigint',
  varint: 'numeric',
  decimal: 'numeric',
  float: 'real',
  double: 'double precision',
  boolean: 'boolean',
  uuid: 'uuid',
  timeuuid: 'uuid',
  timestamp: 'bigint', // milliseconds since the epoch
  date: 'date',
  time: 'bigint', // nanoseconds since midnight
  inet: 'inet',
  blob: 'bytea',
  jsonb: 'jsonb',
};

export type { QualifiedName };
