import type { Client } from 'pg';
import { quoted } from '../../postgres/connect';
import { columnSql, columnType, Parameters, whereSql } from './conditions';
import { clusteringOf, EXPIRES, partitionOf, type CqlTable } from '../catalog/definition';
import { invalid } from '../errors';
import type { CqlResult, CqlRows } from './result';
import type { Session } from './session';
import type { Condition, Select, Selected } from '../language/statements';
import { selectFromSystem } from '../catalog/system-schema';
import { pagedBy, pageOf, pageOfAll, type Page } from './pages';
import { readTable, sqlTable } from '../catalog/tables';
import { typeOf, typeText, type CqlType } from '../values/types';
import { storedFromColumn } from '../values/values';

/** Values stay PostgreSQL's text: none is converted to a number or a date. */
const AS_TEXT = { getTypeParser: () => (value: unknown) => value };

const TEXT: CqlType = { kind: 'scalar', name: 'text' };

interface Expression {
  name: string;
  sql: string;
  type: CqlType;
}

/** Runs SELECT: all rows, or one page of them. Throws a `CqlError`. */
export async function executeSelect(session: Session, select: Select, page?: Page): Promise<CqlResult> {
  const keyspace = session.keyspaceOf(select.table);
  const from = { keyspace, table: select.table.name };
  if (isSystem(keyspace)) {
    const all = await selectFromSystem(session, keyspace, select);
    return { kind: 'select', ...pageOfAll(all, page), from };
  }
  const client = await session.client(keyspace);
  const table = await readTable(client, select.table.name);
  const expressions = expressionsOf(table, select);
  const parameters = new Parameters();
  const conditions = [whereSql(table, select.where, parameters)];
  const paged = page && !aggregates(select) && !select.distinct ? pagedBy(orderOf(table, select), page) : undefined;
  if (paged?.after) conditions.push(paged.after((value) => parameters.add(value)));
  const left = paged?.left ?? select.limit;
  const most = Math.min(left ?? Infinity, page && paged ? page.rows + 1 : Infinity);
  const order = orderOf(table, select).map(({ sql, order: way }) => `${sql} ${way}`);
  const position = paged
    ? paged.position.map((sql, i): Expression => ({
        name: `position ${i}`,
        sql: `${sql} AS "position ${i}"`,
        type: TEXT,
      }))
    : [];
  const sql = [
    `SELECT ${select.distinct ? 'DISTINCT ' : ''}${[...expressions, ...position].map((one) => one.sql).join(', ')}`,
    `FROM ${sqlTable(select.table.name)} ${conditions.join(' AND ')}`,
    aggregates(select) || select.distinct ? '' : `ORDER BY ${order.join(', ')}`,
    most === Infinity ? '' : `LIMIT ${most}`,
    select.offset === undefined || paged?.after ? '' : `OFFSET ${select.offset}`,
  ].join(' ');
  const found = await query(client, sql, parameters, [...expressions, ...position], table);
  if (!page || !paged) return { kind: 'select', ...found, from };
  return { kind: 'select', ...pageOf(found, { page, left, columns: expressions.length }), from };
}

/** The columns that a SELECT will have, without running it. Throws a `CqlError`. */
export async function columnsOfSelect(session: Session, select: Select): Promise<Omit<CqlRows, 'rows'>> {
  const keyspace = session.keyspaceOf(select.table);
  const from = { keyspace, table: select.table.name };
  if (isSystem(keyspace))
    return { ...(await selectFromSystem(session, keyspace, { ...select, where: [], limit: 0 })), from };
  const table = await readTable(await session.client(keyspace), select.table.name);
  return { columns: columnsOf(expressionsOf(table, select)), types: table.types, from };
}

export const isSystem = (keyspace: string): boolean => /^system(?:_|$)/.test(keyspace);

const expressionsOf = (table: CqlTable, { selected }: Select): Expression[] =>
  selected.length === 0 ? allColumns(table) : selected.map((one) => expression(table, one));

const aggregates = ({ selected }: Select): boolean =>
  selected.some((one) => one.kind === 'call' && one.name !== 'ttl' && one.name !== 'writetime');

const columnsOf = (expressions: readonly Expression[]): CqlRows['columns'] =>
  expressions.map(({ name, type }) => ({ name, type: typeText(type) }));

/**
 * Rows of a table with these columns (none named: all). `lock`: locks them until the transaction ends.
 */
export async function readRows(
  client: Client,
  name: string,
  table: CqlTable,
  { selected, where, lock }: { selected: readonly string[]; where: readonly Condition[]; lock: boolean },
): Promise<CqlRows> {
  const expressions = allColumns(table).filter((one) => selected.length === 0 || selected.includes(one.name));
  if (selected.length > 0) expressions.sort((one, other) => selected.indexOf(one.name) - selected.indexOf(other.name));
  const parameters = new Parameters();
  const condition = whereSql(table, where, parameters);
  const sql = `SELECT ${expressions.map((one) => one.sql).join(', ')} FROM ${sqlTable(name)} ${condition}${lock ? ' FOR UPDATE' : ''}`;
  return await query(client, sql, parameters, expressions, table);
}

async function query(
  client: Client,
  sql: string,
  { values }: Parameters,
  expressions: readonly Expression[],
  table: CqlTable,
): Promise<CqlRows> {
  const { rows } = await client.query<(string | null)[]>({ text: sql, values, rowMode: 'array', types: AS_TEXT });
  return {
    columns: columnsOf(expressions),
    rows: rows.map((row) =>
      row.map((text, i) => storedFromColumn(expressions[i]?.type ?? { kind: 'scalar', name: 'text' }, text)),
    ),
    types: table.types,
  };
}

const allColumns = (table: CqlTable): Expression[] =>
  table.columns.map(({ name, type }) => ({ name, sql: quoted(name), type: typeOf(type) }));

function expression(table: CqlTable, selected: Selected): Expression {
  if (selected.kind === 'column') {
    const { sql, type } = columnSql(table, selected.at);
    const path = selected.at.path.map(
      ({ operator, key }) => `${operator}${typeof key === 'number' ? key : `'${key}'`}`,
    );
    return { name: selected.as ?? `${selected.at.column}${path.join('')}`, sql, type };
  }
  const { name, column, as } = selected;
  if (name === 'count')
    return {
      name: as ?? `count(${column ?? '*'})`,
      sql: `count(${column === undefined ? '*' : quoted(column)})`,
      type: { kind: 'scalar', name: 'bigint' },
    };
  if (column === undefined) throw invalid(`Invalid Function Call. ${name} wants a column`);
  const type = columnType(table, column);
  const shown = as ?? (name === 'ttl' || name === 'writetime' ? `${name}(${column})` : `system.${name}(${column})`);
  if (name === 'writetime') throw invalid('Feature Not Supported. writetime (not by the emulator)');
  if (name === 'ttl') {
    const sql = `CASE WHEN ${quoted(column)} IS NOT NULL THEN ceil((${quoted(EXPIRES)} - extract(epoch FROM clock_timestamp()) * 1000) / 1000)::bigint END`;
    return { name: shown, sql, type: { kind: 'scalar', name: 'bigint' } };
  }
  return { name: shown, sql: `${name}(${quoted(column)})`, type };
}

/** Partitions are ordered by their hash, rows within one in clustering order. */
export const tokenSql = (table: CqlTable): string =>
  `md5(ROW(${partitionOf(table)
    .map(({ name }) => quoted(name))
    .join(', ')})::text)`;

/** What the rows of a SELECT are sorted by; unique for each row. */
function orderOf(table: CqlTable, { orderBy }: Select): { sql: string; order: 'ASC' | 'DESC' }[] {
  const clustering = clusteringOf(table).map(({ name, order = 'ASC' }) => {
    const ordering = orderBy.find(({ column }) => column === name);
    return { sql: quoted(name), order: ordering?.order ?? order };
  });
  return [{ sql: tokenSql(table), order: 'ASC' }, ...clustering];
}
