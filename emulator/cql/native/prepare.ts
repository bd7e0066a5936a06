import { partitionOf, typesByName } from '../catalog/definition';
import { readTable } from '../catalog/tables';
import { invalid } from '../errors';
import { parseCql } from '../language/parse';
import type { Literal } from '../language/literal';
import type { Markers } from '../language/reader';
import type { Condition, Delete, Insert, Select, Statement, Update } from '../language/statements';
import { columnSql, columnType } from '../run/conditions';
import { columnsOfSelect, isSystem } from '../run/select';
import type { Session } from '../run/session';
import { thawed, typeOf, type CqlType, type UserType } from '../values/types';
import { decodeValue } from './decode';
import type { Parameters } from './requests';
import type { PreparedShape } from './responses';

const INT: CqlType = { kind: 'scalar', name: 'int' };

interface Marker {
  name: string;
  type: CqlType;
}

/** The parameters and result columns of a statement. Throws a `CqlError`. */
export async function shapeOf(session: Session, text: string): Promise<PreparedShape> {
  const inText: { name?: string; whole: boolean }[] = [];
  const statement = parseCql(text, (at, marker) => {
    inText[at] = marker;
    return { kind: 'marker', at };
  });
  if (!hasTable(statement)) {
    if (inText.length > 0) throw invalid('Invalid Arguments. A bind variable stands where no value can be');
    return { markers: [], partition: [], from: { keyspace: '', table: '' }, types: [] };
  }
  const from = { keyspace: session.keyspaceOf(statement.table), table: statement.table.name };
  const rows = statement.kind === 'select' ? await columnsOfSelect(session, statement) : undefined;
  const columns = await columnsFor(session, from, statement);
  const found = new Map(markersIn(statement, columns.typeAt).map(({ at, ...marker }) => [at, marker]));
  const markers = inText.map(({ name, whole }, at): Marker => {
    const marker = whole ? { name: '[limit]', type: INT } : found.get(at);
    if (!marker) throw invalid('Invalid Arguments. A bind variable stands where no value can be');
    return name === undefined ? marker : { ...marker, name };
  });
  const places = columns.partition.map((name) => markers.findIndex((marker) => marker.name === name));
  const partition = places.includes(-1) ? [] : places;
  return { markers, partition, from, types: columns.types, ...(rows ? { rows } : {}) };
}

type OfTable = Insert | Update | Delete | Select;
const hasTable = (statement: Statement): statement is OfTable =>
  ['insert', 'update', 'delete', 'select'].includes(statement.kind);

async function columnsFor(
  session: Session,
  { keyspace, table }: PreparedShape['from'],
  statement: OfTable,
): Promise<{
  typeAt: (condition: Pick<Condition, 'column' | 'path'>) => CqlType;
  partition: string[];
  types: UserType[];
}> {
  if (isSystem(keyspace)) {
    const all: Select = {
      kind: 'select',
      table: statement.table,
      distinct: false,
      selected: [],
      where: [],
      orderBy: [],
    };
    const { columns } = await columnsOfSelect(session, all);
    const typeAt = ({ column }: Pick<Condition, 'column'>): CqlType =>
      typeOf(columns.find(({ name }) => name === column)?.type ?? 'text');
    return { typeAt, partition: [], types: [] };
  }
  const definition = await readTable(await session.client(keyspace), table);
  return {
    typeAt: (at) => (at.path.length === 0 ? columnType(definition, at.column) : columnSql(definition, at).type),
    partition: partitionOf(definition).map(({ name }) => name),
    types: definition.types,
  };
}

function markersIn(
  statement: OfTable,
  typeAt: (condition: Pick<Condition, 'column' | 'path'>) => CqlType,
): ({ at: number } & Marker)[] {
  const found: ({ at: number } & Marker)[] = [];
  const add = (literal: Literal, name: string, type: CqlType): void => {
    if (literal.kind === 'marker') found.push({ at: literal.at, name, type });
    else if (literal.kind === 'list' && 'of' in thawed(type))
      for (const item of literal.items) add(item, name, (thawed(type) as { of: CqlType }).of);
  };
  const ofColumn = (column: string): CqlType => typeAt({ column, path: [] });
  if (statement.kind === 'insert')
    for (const [i, column] of statement.columns.entries())
      add(statement.values[i] ?? { kind: 'null' }, column, ofColumn(column));
  if (statement.kind === 'update')
    for (const assignment of statement.assignments) {
      const type = ofColumn(assignment.column);
      const inner = thawed(type);
      if (assignment.kind === 'element') {
        const key: CqlType = inner.kind === 'map' ? inner.key : INT;
        add(assignment.key, `key(${assignment.column})`, key);
        add(
          assignment.value,
          `value(${assignment.column})`,
          inner.kind === 'map' ? inner.value : 'of' in inner ? inner.of : type,
        );
      } else if (assignment.kind === 'remove' && inner.kind === 'map')
        add(assignment.value, assignment.column, { kind: 'set', of: inner.key });
      else add(assignment.value, assignment.column, type);
    }
  for (const condition of 'where' in statement ? statement.where : []) {
    const type = typeAt(condition);
    for (const value of condition.values)
      if (condition.oneList) add(value, `in(${condition.column})`, { kind: 'list', of: type });
      else add(value, condition.column, type);
  }
  return found;
}

/** The values of a request, in the order of the markers. Throws a `CqlError`. */
export function bound(
  { markers, types }: PreparedShape,
  { values, names }: Pick<Parameters, 'values' | 'names'>,
): Markers {
  const known = typesByName(types);
  return (at) => {
    const marker = markers[at];
    const place = names ? names.indexOf(marker?.name ?? '') : at;
    if (!marker || place < 0 || place >= values.length)
      throw invalid(`Invalid Arguments. Bind variable at position ${at + 1} not found (ql error -304)`);
    return decodeValue(marker.type, values[place], known);
  };
}
