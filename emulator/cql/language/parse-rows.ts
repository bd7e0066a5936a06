import { readLiteral } from './literals';
import type { Reader } from './reader';
import type { Assignment, ColumnPath, Condition, Delete, Insert, Select, Selected, Update } from './statements';

const OPERATORS = ['=', '!=', '<=', '>=', '<', '>'] as const;
const CALLS = ['count', 'min', 'max', 'sum', 'ttl', 'writetime'] as const;

/** What follows INSERT. */
export function readInsert(reader: Reader): Insert {
  reader.expect('into');
  const table = reader.qualified();
  const columns = reader.inBrackets(() => reader.name());
  reader.expect('values');
  const values = reader.inBrackets(() => readLiteral(reader));
  if (values.length !== columns.length) throw reader.unexpected(`${columns.length} values`);
  let ttl = readUsing(reader);
  const ifNotExists = reader.takes('if', 'not', 'exists');
  ttl = { ...ttl, ...readUsing(reader) };
  return { kind: 'insert', table, columns, values, ifNotExists, ...ttl };
}

/** What follows UPDATE. */
export function readUpdate(reader: Reader): Update {
  const table = reader.qualified();
  const ttl = readUsing(reader);
  reader.expect('set');
  const assignments = reader.list(() => readAssignment(reader));
  const where = readWhere(reader);
  return { kind: 'update', table, assignments, where, ifExists: reader.takes('if', 'exists'), ...ttl };
}

/** What follows DELETE. */
export function readDelete(reader: Reader): Delete {
  const columns = reader.sees('from') ? [] : reader.list(() => reader.name());
  reader.expect('from');
  const table = reader.qualified();
  readUsing(reader);
  const where = readWhere(reader);
  return { kind: 'delete', table, columns, where, ifExists: reader.takes('if', 'exists') };
}

/** What follows SELECT. */
export function readSelect(reader: Reader): Select {
  const distinct = reader.takes('distinct');
  const selected = reader.takesSign('*') ? [] : reader.list(() => readSelected(reader));
  reader.expect('from');
  const table = reader.qualified();
  const where = readWhere(reader);
  const orderBy: Select['orderBy'] = [];
  if (reader.takes('order', 'by'))
    orderBy.push(
      ...reader.list(() => {
        const column = reader.name();
        const order = reader.takes('desc') ? 'DESC' : 'ASC';
        reader.takes('asc');
        return { column, order } as const;
      }),
    );
  const select: Select = { kind: 'select', table, distinct, selected, where, orderBy };
  if (reader.takes('limit')) select.limit = reader.integer();
  if (reader.takes('offset')) select.offset = reader.integer();
  reader.takes('allow', 'filtering');
  return select;
}

function readSelected(reader: Reader): Selected {
  const name = reader.name();
  const call = CALLS.find((known) => known === name);
  if (call !== undefined && reader.takesSign('(')) {
    const column = reader.takesSign('*')
      ? undefined
      : reader.next.kind === 'number'
        ? void reader.take()
        : reader.name();
    reader.sign(')');
    return { kind: 'call', name: call, ...(column === undefined ? {} : { column }), ...readAlias(reader) };
  }
  return { kind: 'column', at: readPath(reader, name), ...readAlias(reader) };
}

const readAlias = (reader: Reader): { as?: string } => (reader.takes('as') ? { as: reader.name() } : {});

function readPath(reader: Reader, column: string): ColumnPath {
  const path: ColumnPath['path'] = [];
  for (;;) {
    const operator = (['->>', '->'] as const).find((sign) => reader.takesSign(sign));
    if (operator === undefined) return { column, path };
    path.push({ operator, key: reader.next.kind === 'number' ? reader.integer() : reader.string() });
  }
}

/** `WHERE <condition> AND …`, if it comes next. */
export function readWhere(reader: Reader): Condition[] {
  if (!reader.takes('where')) return [];
  const conditions = [readCondition(reader)];
  while (reader.takes('and')) conditions.push(readCondition(reader));
  return conditions;
}

function readCondition(reader: Reader): Condition {
  const at = readPath(reader, reader.name());
  if (reader.takes('in')) {
    if (reader.seesSign('(')) return { ...at, operator: 'in', values: reader.inBrackets(() => readLiteral(reader)) };
    const list = readLiteral(reader); // IN ?
    return { ...at, operator: 'in', values: list.kind === 'list' ? list.items : [list], oneList: true };
  }
  const operator = OPERATORS.find((sign) => reader.takesSign(sign));
  if (operator === undefined) throw reader.unexpected('an operator');
  return { ...at, operator, values: [readLiteral(reader)] };
}

function readAssignment(reader: Reader): Assignment {
  const column = reader.name();
  if (reader.takesSign('[')) {
    const key = readLiteral(reader);
    reader.sign(']');
    reader.sign('=');
    return { kind: 'element', column, key, value: readLiteral(reader) };
  }
  reader.sign('=');
  const value = readLiteral(reader);
  if (value.kind !== 'name' || value.value !== column) return { kind: 'set', column, value };
  // `c = c -1`: the tokenizer reads the minus as the number's sign
  if (reader.next.kind === 'number' && reader.next.text.startsWith('-'))
    return { kind: 'add', column, value: readLiteral(reader) };
  const kind = reader.takesSign('+') ? 'add' : 'remove';
  if (kind === 'remove') reader.sign('-');
  return { kind, column, value: readLiteral(reader) };
}

function readUsing(reader: Reader): { ttlSeconds?: number } {
  let ttl: { ttlSeconds?: number } = {};
  if (!reader.takes('using')) return ttl;
  do {
    if (reader.takes('ttl')) ttl = { ttlSeconds: reader.integer() };
    else {
      reader.expect('timestamp');
      reader.integer();
    }
  } while (reader.takes('and'));
  return ttl;
}
