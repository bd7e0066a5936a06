import type { Client } from 'pg';
import { quoted } from '../../postgres/connect';
import { columnType, Parameters, whereSql } from './conditions';
import { keyOf, partitionOf, typesByName, type CqlTable } from '../catalog/definition';
import { invalid } from '../errors';
import type { CqlResult } from './result';
import { readRows } from './select';
import type { Session } from './session';
import type { Assignment, Condition, Delete, Insert, Update } from '../language/statements';
import { readTable, sqlTable } from '../catalog/tables';
import { thawed, type CqlType } from '../values/types';
import { compareStored, sortedMap, sortedSet, storedOf, type Stored, type UserTypes } from '../values/values';
import { requireKey, upsert } from './write-rows';

const VOID: CqlResult = { kind: 'void' };

/** Runs INSERT. Throws a `CqlError`. */
export async function executeInsert(session: Session, insert: Insert): Promise<CqlResult> {
  const { table: at, columns } = insert;
  return await session.atomically(session.keyspaceOf(at), async (client) => {
    const table = await readTable(client, at.name);
    const known = typesByName(table.types);
    const row = columns.map((column, i) =>
      storedOf(columnType(table, column), insert.values[i] ?? { kind: 'null' }, known),
    );
    requireKey({ table, columns, row });
    if (insert.ifNotExists) {
      const where = keyOf(table).map(({ name }): Condition => {
        const value = insert.values[columns.indexOf(name)];
        return { column: name, path: [], operator: '=', values: value ? [value] : [] };
      });
      const there = await readRows(client, at.name, table, { selected: [], where, lock: true });
      if (there.rows.length > 0)
        return {
          kind: 'applied',
          columns: [{ name: '[applied]', type: 'boolean' }, ...there.columns],
          rows: there.rows.map((found) => ['false', ...found]),
          types: table.types,
        };
    }
    await upsert(client, { name: at.name, table, columns, row, ttlSeconds: insert.ttlSeconds });
    return insert.ifNotExists ? applied(true) : VOID;
  });
}

const applied = (yes: boolean): CqlResult => ({
  kind: 'applied',
  columns: [{ name: '[applied]', type: 'boolean' }],
  rows: [[String(yes)]],
  types: [],
});

/** Runs UPDATE, which creates the row if it does not exist. Throws a `CqlError`. */
export async function executeUpdate(session: Session, update: Update): Promise<CqlResult> {
  const { table: at, where } = update;
  return await session.atomically(session.keyspaceOf(at), async (client) => {
    const table = await readTable(client, at.name);
    const known = typesByName(table.types);
    const key = keyOf(table).map(({ name }) => name);
    const keys = keysIn(table, where, known);
    const forbidden = update.assignments.find(({ column }) => key.includes(column));
    if (forbidden) throw invalid(`Invalid Arguments. Primary key column ${forbidden.column} cannot be updated`);
    const columns = [...new Set(update.assignments.map(({ column }) => column))];
    const ends = { ttlSeconds: update.ttlSeconds };
    const found = await readRows(client, at.name, table, { selected: [...key, ...columns], where, lock: true });
    if (update.ifExists && found.rows.length === 0) return applied(false);
    for (const keyValues of keys) {
      const before = found.rows.find((row) => JSON.stringify(row.slice(0, key.length)) === JSON.stringify(keyValues));
      const row = new Map(columns.map((column, i) => [column, before?.[key.length + i] ?? null]));
      for (const assignment of update.assignments)
        row.set(
          assignment.column,
          assigned(columnType(table, assignment.column), assignment, row.get(assignment.column) ?? null, known),
        );
      const write = { columns: [...key, ...columns], row: [...keyValues, ...row.values()] };
      await upsert(client, { name: at.name, table, ...write, ...ends });
    }
    return update.ifExists ? applied(true) : VOID;
  });
}

/** The complete keys that the conditions name: each key column by `=` or IN. */
function keysIn(table: CqlTable, where: readonly Condition[], known: UserTypes): Stored[][] {
  let keys: Stored[][] = [[]];
  for (const { name } of keyOf(table)) {
    const condition = where.find(({ column, path }) => column === name && path.length === 0);
    if (condition?.operator !== '=' && condition?.operator !== 'in')
      throw invalid(`Missing condition on key columns in WHERE clause. ${name}`);
    const values = condition.values.map((literal) =>
      canonicalKey(columnType(table, name), storedOf(columnType(table, name), literal, known)),
    );
    keys = keys.flatMap((key) => values.map((value) => [...key, value]));
  }
  return keys;
}

/** As PostgreSQL returns it. */
const canonicalKey = (type: CqlType, value: Stored): Stored =>
  type.kind === 'scalar' && type.name === 'boolean' ? (value === 'true' ? 't' : 'f') : value;

function assigned(type: CqlType, assignment: Assignment, before: Stored, known: UserTypes): Stored {
  if (assignment.kind === 'set') return storedOf(type, assignment.value, known);
  const inner = thawed(type);
  if (assignment.kind === 'element') {
    const value = (of: CqlType): Stored => storedOf(of, assignment.value, known);
    if (inner.kind === 'map')
      return mapWith(inner.key, before, storedOf(inner.key, assignment.key, known), value(inner.value));
    if (inner.kind !== 'list' || assignment.key.kind !== 'number')
      throw invalid('Invalid Arguments. Subscript of what is no collection');
    const list = Array.isArray(before) ? [...before] : [];
    if (Number(assignment.key.value) >= list.length) throw invalid('Invalid Arguments. List index out of bound');
    list[Number(assignment.key.value)] = value(inner.of);
    return list;
  }
  return assignment.kind === 'add'
    ? sum(inner, before, assignment, known)
    : difference(inner, before, assignment, known);
}

type Change = Extract<Assignment, { kind: 'add' | 'remove' }>;
const itemsOf = (value: Stored): Stored[] => (Array.isArray(value) ? value : []);
const whole = (type: CqlType, value: Stored): bigint => {
  if (type.kind !== 'scalar' || !['counter', 'bigint', 'int', 'smallint', 'tinyint'].includes(type.name))
    throw invalid('Invalid Arguments. + and - work on counters and collections');
  return BigInt(typeof value === 'string' ? value : '0');
};

function sum(type: CqlType, before: Stored, { value }: Change, known: UserTypes): Stored {
  const added = storedOf(type, value, known);
  if (type.kind === 'list') return [...itemsOf(before), ...itemsOf(added)];
  if (type.kind === 'set') return sortedSet(type.of, [...itemsOf(before), ...itemsOf(added)]);
  if (type.kind === 'map') return sortedMap(type.key, [...itemsOf(before), ...itemsOf(added)] as [Stored, Stored][]);
  return String(whole(type, before) + whole(type, added));
}

function difference(type: CqlType, before: Stored, { value }: Change, known: UserTypes): Stored {
  // Keys are removed from a map by a set of keys.
  const of: CqlType = type.kind === 'map' ? { kind: 'set', of: type.key } : type;
  const removed = storedOf(of, value, known);
  if (type.kind === 'map' || type.kind === 'list' || type.kind === 'set') {
    const element = type.kind === 'map' ? type.key : type.of;
    const keyed = (item: Stored): Stored => (type.kind === 'map' && Array.isArray(item) ? (item[0] ?? null) : item);
    const left = itemsOf(before).filter(
      (item) => !itemsOf(removed).some((one) => compareStored(element, keyed(item), one) === 0),
    );
    return left.length === 0 ? null : left;
  }
  return String(whole(type, before) - whole(type, removed));
}

function mapWith(keyType: CqlType, before: Stored, key: Stored, value: Stored): Stored {
  const pairs = itemsOf(before) as [Stored, Stored][];
  const others = pairs.filter(([one]) => compareStored(keyType, one, key) !== 0);
  const next = value === null ? others : sortedMap(keyType, [...others, [key, value]]);
  return next.length === 0 ? null : next;
}

/** Runs DELETE: of rows, or of some columns' values. Throws a `CqlError`. */
export async function executeDelete(
  session: Session,
  { table: at, columns, where, ifExists }: Delete,
): Promise<CqlResult> {
  return await session.atomically(session.keyspaceOf(at), async (client) => {
    const table = await readTable(client, at.name);
    const missing = partitionOf(table).find(({ name }) => !where.some(({ column }) => column === name));
    if (missing) throw invalid(`Missing condition on key columns in WHERE clause. ${missing.name}`);
    const parameters = new Parameters();
    const condition = whereSql(table, where, parameters);
    for (const column of columns) columnType(table, column);
    const change =
      columns.length === 0
        ? `DELETE FROM ${sqlTable(at.name)}`
        : `UPDATE ${sqlTable(at.name)} SET ${columns.map((column) => `${quoted(column)} = NULL`).join(', ')}`;
    const changed = await run(client, `${change} ${condition}`, parameters);
    return ifExists ? applied(changed > 0) : VOID;
  });
}

async function run(client: Client, sql: string, { values }: Parameters): Promise<number> {
  return (await client.query(sql, values)).rowCount ?? 0;
}
