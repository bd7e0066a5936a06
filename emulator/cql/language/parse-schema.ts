import { invalid } from '../errors';
import type { Literal } from './literal';
import { readLiteral } from './literals';
import type { Reader } from './reader';
import { readWhere } from './parse-rows';
import type { AlterTable, Condition, CreateIndex, CreateTable, Statement, TableProperties } from './statements';
import { readType, type CqlType } from '../values/types';

type Order = Map<string, 'ASC' | 'DESC'>;

const ifNotExists = (reader: Reader): boolean => reader.takes('if', 'not', 'exists');
const ifExists = (reader: Reader): boolean => reader.takes('if', 'exists');

/** What follows CREATE. */
export function readCreate(reader: Reader): Statement {
  if (reader.takes('keyspace') || reader.takes('schema')) {
    const absent = ifNotExists(reader);
    const name = reader.name();
    readProperties(reader);
    return { kind: 'create-keyspace', name, ifNotExists: absent };
  }
  if (reader.takes('table') || reader.takes('columnfamily')) return readCreateTable(reader);
  if (reader.takes('type')) {
    const absent = ifNotExists(reader);
    const type = reader.qualified();
    return { kind: 'create-type', type, ifNotExists: absent, fields: reader.inBrackets(() => field(reader)) };
  }
  const unique = reader.takes('unique');
  reader.takes('deferred');
  if (reader.takes('index')) return readCreateIndex(reader, unique);
  throw reader.unexpected('KEYSPACE, TABLE, TYPE or INDEX');
}

/** What follows ALTER. */
export function readAlter(reader: Reader): Statement {
  if (reader.takes('keyspace') || reader.takes('schema')) {
    const name = reader.name();
    readProperties(reader);
    return { kind: 'alter-keyspace', name };
  }
  if (reader.takes('type')) {
    const type = reader.qualified();
    reader.expect('add');
    return { kind: 'alter-type', type, add: reader.list(() => field(reader)) };
  }
  reader.expect('table');
  const alter: AlterTable = {
    kind: 'alter-table',
    table: reader.qualified(),
    add: [],
    drop: [],
    rename: [],
    properties: {},
  };
  for (;;) {
    if (reader.takes('add')) alter.add.push(...reader.list(() => field(reader)));
    else if (reader.takes('drop')) alter.drop.push(...reader.list(() => reader.name()));
    else if (reader.takes('rename')) alter.rename.push(...reader.list(() => rename(reader)));
    else if (reader.sees('with')) alter.properties = readProperties(reader).properties;
    else return alter;
  }
}

/** What follows DROP. */
export function readDrop(reader: Reader): Statement {
  if (reader.takes('keyspace') || reader.takes('schema')) {
    const present = ifExists(reader);
    return { kind: 'drop-keyspace', name: reader.name(), ifExists: present };
  }
  for (const kind of ['table', 'index', 'type'] as const) {
    if (!reader.takes(kind)) continue;
    const present = ifExists(reader);
    return { kind: `drop-${kind}`, name: reader.qualified(), ifExists: present };
  }
  throw reader.unexpected('KEYSPACE, TABLE, INDEX or TYPE');
}

function field(reader: Reader): { name: string; type: CqlType } {
  const name = reader.name();
  return { name, type: readType(reader) };
}

function rename(reader: Reader): { from: string; to: string } {
  const from = reader.name();
  reader.expect('to');
  return { from, to: reader.name() };
}

function readCreateTable(reader: Reader): CreateTable {
  const absent = ifNotExists(reader);
  const table = reader.qualified();
  const columns: CreateTable['columns'] = [];
  let key: { partition: string[]; clustering: string[] } | undefined;
  reader.inBrackets(() => {
    if (reader.takes('primary', 'key')) {
      key = readKey(reader);
      return;
    }
    const column = field(reader);
    columns.push(column);
    if (reader.sees('static')) throw invalid('Feature Not Supported. STATIC columns (not by the emulator)');
    if (reader.takes('primary', 'key')) key = { partition: [column.name], clustering: [] };
  });
  const { properties, order } = readProperties(reader);
  if (!key) throw invalid('Missing definition of a table column. Invalid Table Definition. No PRIMARY KEY specified');
  return { kind: 'create-table', table, ifNotExists: absent, columns, ...key, order, properties };
}

/** `(a, b)`, `((a, b), c)` */
function readKey(reader: Reader): { partition: string[]; clustering: string[] } {
  reader.sign('(');
  const partition = reader.seesSign('(') ? reader.inBrackets(() => reader.name()) : [reader.name()];
  const clustering = reader.takesSign(',') ? reader.list(() => reader.name()) : [];
  reader.sign(')');
  return { partition, clustering };
}

function readCreateIndex(reader: Reader, unique: boolean): CreateIndex {
  const absent = ifNotExists(reader);
  const named = reader.sees('on') ? '' : reader.name();
  reader.expect('on');
  const table = reader.qualified();
  const { partition, clustering } = readKey(reader);
  const include: string[] = [];
  let order: Order = new Map();
  let properties: TableProperties = {};
  let predicate: string | undefined;
  for (;;) {
    if (reader.takes('include') || reader.takes('covering')) include.push(...reader.inBrackets(() => reader.name()));
    else if (reader.sees('with')) ({ order, properties } = readProperties(reader));
    else if (reader.sees('where')) predicate = predicateText(readWhere(reader));
    else break;
  }
  const name = named === '' ? `${table.name}_${partition.join('_')}_idx` : named;
  return {
    kind: 'create-index',
    name,
    table,
    ifNotExists: absent,
    unique,
    partition,
    clustering,
    order,
    include,
    properties,
    ...(predicate === undefined ? {} : { predicate }),
  };
}

/**
 * `v > 5 AND kind != 'a'`: names as they are, without quotes (`QLExpressionPBToPredicateString` of
 * yql_indexes_vtable.cc).
 */
function predicateText(conditions: readonly Condition[]): string {
  const compared = conditions.map(({ column, path, operator, values: [value] }) => {
    if (path.length > 0 || operator === 'in' || value === undefined || !('value' in value || value.kind === 'null'))
      throw invalid('Feature Not Supported. This predicate of a partial index (not by the emulator)');
    const constant = value.kind === 'null' ? 'NULL' : String(value.value);
    return `${column} ${operator} ${value.kind === 'text' ? `'${constant.replaceAll("'", "''")}'` : constant}`;
  });
  return compared.join(' AND ');
}

/**
 * `WITH <property> = <value> AND CLUSTERING ORDER BY (…)`; properties that the emulator does not support are parsed and
 * ignored.
 */
function readProperties(reader: Reader): { properties: TableProperties; order: Order } {
  const order: Order = new Map();
  const properties: TableProperties = {};
  if (!reader.takes('with')) return { properties, order };
  do {
    if (reader.takes('clustering', 'order', 'by')) {
      reader.inBrackets(() => {
        const column = reader.name();
        order.set(column, reader.takes('desc') ? 'DESC' : 'ASC');
        reader.takes('asc');
      });
      continue;
    }
    const name = reader.name();
    reader.sign('=');
    const value = readLiteral(reader);
    if (name === 'default_time_to_live') properties.default_time_to_live = wholeNumber(value);
    if (name === 'tablets') properties.tablets = wholeNumber(value);
    if (name === 'transactions') properties.transactions = isEnabled(value);
  } while (reader.takes('and'));
  return { properties, order };
}

function wholeNumber(value: Literal): number {
  if (value.kind !== 'number' || !/^\d+$/.test(value.value))
    throw invalid('Invalid Table Property. Integer value expected');
  return Number(value.value);
}

function isEnabled(value: Literal): boolean {
  const entry =
    value.kind === 'braces' ? value.entries.find(({ key }) => 'value' in key && key.value === 'enabled') : undefined;
  const enabled = entry?.value;
  return enabled?.kind === 'boolean'
    ? enabled.value
    : enabled?.kind === 'text' && enabled.value.toLowerCase() === 'true';
}
