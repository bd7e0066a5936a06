import { randomUUID } from 'node:crypto';
import { invalid } from '../errors';
import type { Literal } from '../language/literal';
import { canonical, compareScalars } from './scalars';
import { thawed, typeOf, typeText, type CqlType, type ScalarName, type UserType } from './types';

/**
 * A value as it is stored: a scalar as text; a list or a set as an array; a map as an array of pairs; a user-defined
 * type as an object of its fields. An empty collection is no value at all, as in the real database.
 */
export type Stored = string | null | Stored[] | { [field: string]: Stored };

export type UserTypes = ReadonlyMap<string, UserType>;

const mismatch = (type: CqlType): Error => invalid(`Datatype Mismatch. ${typeText(type)} expected`);

/** Literals whose text a type accepts. */
const TAKES: Readonly<Partial<Record<ScalarName, readonly Literal['kind'][]>>> = {
  ascii: ['text'],
  text: ['text'],
  varchar: ['text'],
  jsonb: ['text'],
  inet: ['text'],
  date: ['text'],
  time: ['text', 'number'],
  timestamp: ['text', 'number'],
  uuid: ['uuid'],
  timeuuid: ['uuid'],
  blob: ['blob'],
  boolean: ['boolean'],
};

/** The stored value of a literal for a column of this type. Throws a `CqlError`. */
export function storedOf(type: CqlType, literal: Literal, known: UserTypes): Stored {
  if (literal.kind === 'null') return null;
  if (literal.kind === 'marker')
    throw invalid(`Invalid Arguments. Bind variable at position ${literal.at + 1} not found`);
  const inner = thawed(type);
  switch (inner.kind) {
    case 'scalar':
      return scalar(inner.name, literal);
    case 'list':
      if (literal.kind !== 'list') throw mismatch(type);
      return full(literal.items.map((item) => element(inner.of, item, known)));
    case 'set':
      if (literal.kind !== 'braces' || literal.entries.some(({ value }) => value)) throw mismatch(type);
      return full(
        sortedSet(
          inner.of,
          literal.entries.map(({ key }) => element(inner.of, key, known)),
        ),
      );
    case 'map':
      if (literal.kind !== 'braces') throw mismatch(type);
      return full(
        sortedMap(
          inner.key,
          literal.entries.map(({ key, value }) => {
            if (!value) throw mismatch(type);
            return [element(inner.key, key, known), element(inner.value, value, known)];
          }),
        ),
      );
    case 'udt':
      return userType(inner.name, literal, known);
    case 'frozen':
      throw mismatch(type);
  }
}

const full = (items: Stored[]): Stored => (items.length === 0 ? null : items);

function element(type: CqlType, literal: Literal, known: UserTypes): Stored {
  const value = storedOf(type, literal, known);
  if (value === null && literal.kind === 'null')
    throw invalid('Invalid Arguments. null is not allowed inside a collection');
  return value;
}

function userType(name: string, literal: Literal, known: UserTypes): Stored {
  const fields = known.get(name)?.fields ?? [];
  if (literal.kind !== 'braces') throw invalid(`Datatype Mismatch. ${name} expected`);
  const given = new Map<string, Literal>();
  for (const { key, value } of literal.entries) {
    if (key.kind !== 'name' || !value) throw invalid(`Datatype Mismatch. Field name of ${name} expected`);
    if (!fields.some((field) => field.name === key.value))
      throw invalid(`Invalid Arguments. ${name} has no field ${key.value}`);
    given.set(key.value, value);
  }
  return Object.fromEntries(
    fields.map((field) => [field.name, storedOf(typeOf(field.type), given.get(field.name) ?? { kind: 'null' }, known)]),
  );
}

function scalar(name: ScalarName, literal: Literal): Stored {
  if (literal.kind === 'call') return callResult(name, literal.name, literal.args);
  const takes = TAKES[name] ?? ['number'];
  if (!takes.includes(literal.kind) || !('value' in literal)) throw mismatch({ kind: 'scalar', name });
  return canonical(name, String(literal.value));
}

function callResult(type: ScalarName, name: string, args: readonly Literal[]): string {
  const [inner] = args;
  if ((name === 'totimestamp' || name === 'todate') && inner?.kind === 'call' && inner.name === 'now')
    return callResult(type, name === 'todate' ? 'currentdate' : 'currenttimestamp', []);
  if (name === 'uuid' && type === 'uuid') return randomUUID();
  if (name === 'now' && (type === 'timeuuid' || type === 'uuid')) return timeUuid();
  if (name === 'currenttimestamp' && type === 'timestamp') return String(Date.now());
  if (name === 'currentdate' && type === 'date') return new Date().toISOString().slice(0, 10);
  throw invalid(`Invalid Function Call. No matching function ${name} for type ${type}`);
}

/** A version 1 UUID of now; its node part is random. */
function timeUuid(): string {
  const ticks = (BigInt(Date.now()) * 10_000n + 0x01b21dd213814000n).toString(16).padStart(15, '0');
  return `${ticks.slice(7)}-${ticks.slice(3, 7)}-1${ticks.slice(0, 3)}${randomUUID().slice(18)}`;
}

/** Order of stored values of a type. */
export function compareStored(type: CqlType, one: Stored, other: Stored): number {
  const inner = thawed(type);
  if (inner.kind === 'scalar') return compareScalars(inner.name, one as string, other as string);
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorted, without duplicates. */
export function sortedSet(type: CqlType, items: readonly Stored[]): Stored[] {
  const once = new Map(items.map((item) => [JSON.stringify(item), item]));
  return [...once.values()].sort((one, other) => compareStored(type, one, other));
}

/** Pairs sorted by their key; if a key occurs twice the last one wins. */
export function sortedMap(type: CqlType, pairs: readonly [Stored, Stored][]): [Stored, Stored][] {
  const once = new Map(pairs.map(([key, value]) => [JSON.stringify(key), [key, value] as [Stored, Stored]]));
  return [...once.values()].sort(([one], [other]) => compareStored(type, one, other));
}

/** Text that PostgreSQL stores for a value of a column, or null. */
export function columnText(type: CqlType, value: Stored): string | null {
  if (value === null) return null;
  return thawed(type).kind === 'scalar' ? (value as string) : JSON.stringify(value);
}

/** A value from PostgreSQL's text. */
export function storedFromColumn(type: CqlType, text: string | null): Stored {
  if (text === null) return null;
  return thawed(type).kind === 'scalar' ? text : (JSON.parse(text) as Stored);
}
