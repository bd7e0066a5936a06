import { clusteringOf, partitionOf, type CqlIndex, type CqlTable } from './definition';
import { cqlName } from '../language/reader';
import type { UserType } from '../values/types';

/** What a keyspace holds, as `DESC` shows it. */
export interface KeyspaceDescription {
  name: string;
  types: UserType[];
  tables: { name: string; definition: CqlTable }[];
}

const names = (list: readonly string[]): string => list.map(cqlName).join(', ');
const enabled = (yes: boolean): string => `transactions = {'enabled': '${yes}'}`;

export const describedKeyspace = (name: string): string =>
  `CREATE KEYSPACE ${cqlName(name)} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '3'}  AND durable_writes = true;`;

export function describedType(keyspace: string, { name, fields }: UserType): string {
  const lines = fields.map((field) => `    ${cqlName(field.name)} ${field.type}`);
  return `CREATE TYPE ${cqlName(keyspace)}.${cqlName(name)} (\n${lines.join(',\n')}\n);`;
}

/** The table with its indexes. */
export function describedTable(keyspace: string, name: string, table: CqlTable): string {
  const partition = partitionOf(table).map((column) => column.name);
  const clustering = clusteringOf(table);
  const single = partition.length === 1 && clustering.length === 0;
  const columns = table.columns.map(
    (column) =>
      `    ${cqlName(column.name)} ${column.type}${single && column.kind === 'partition_key' ? ' PRIMARY KEY' : ''}`,
  );
  const first = partition.length === 1 ? names(partition) : `(${names(partition)})`;
  const key = single
    ? []
    : [`    PRIMARY KEY (${[first, ...clustering.map((column) => cqlName(column.name))].join(', ')})`];
  const order = clustering.map((column) => `${cqlName(column.name)} ${column.order ?? 'ASC'}`).join(', ');
  const properties = [
    ...(clustering.length === 0 ? [] : [`CLUSTERING ORDER BY (${order})`]),
    `default_time_to_live = ${table.defaultTtlSeconds}`,
    ...(table.tablets === undefined ? [] : [`tablets = ${table.tablets}`]),
    enabled(table.transactions),
  ];
  const text = `CREATE TABLE ${cqlName(keyspace)}.${cqlName(name)} (\n${[...columns, ...key].join(',\n')}\n) WITH ${properties.join('\n    AND ')};`;
  return [text, ...table.indexes.map((index) => describedIndex(keyspace, name, index))].join('\n');
}

export function describedIndex(keyspace: string, table: string, index: CqlIndex): string {
  const first = index.partition.length === 1 ? names(index.partition) : `(${names(index.partition)})`;
  const columns = [first, ...index.clustering.map(({ name }) => cqlName(name))].join(', ');
  const include = index.include.length === 0 ? '' : ` INCLUDE (${names(index.include)})`;
  const order = index.clustering.map((column) => `${cqlName(column.name)} ${column.order}`).join(', ');
  const clustering = order === '' ? '' : `CLUSTERING ORDER BY (${order})\n    AND `;
  return `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${cqlName(index.name)} ON ${cqlName(keyspace)}.${cqlName(table)} (${columns})${include}\n    WITH ${clustering}${enabled(index.transactions)};`;
}

/** Everything of a keyspace, in an order in which it can be run. */
export function describedAll({ name, types, tables }: KeyspaceDescription): string {
  return [
    describedKeyspace(name),
    ...types.map((type) => describedType(name, type)),
    ...tables.map((table) => describedTable(name, table.name, table.definition)),
  ].join('\n\n');
}
