import type { Cluster } from '../../cluster';
import type { KeyspaceDescription } from './describe';
import { invalid, tableNotFound } from '../errors';
import { describeKeyspace, keyspaceNames } from './keyspaces';
import type { CqlRows } from '../run/result';
import type { Select } from '../language/statements';
import { typeOf } from '../values/types';
import { storedOf, type Stored } from '../values/values';

interface Virtual {
  columns: { name: string; type: string }[];
  rows(keyspaces: readonly KeyspaceDescription[]): Stored[][];
}

const texts = (...names: string[]): Virtual['columns'] => names.map((name) => ({ name, type: 'text' }));
const REPLICATION: Stored = [
  ['class', 'org.apache.cassandra.locator.SimpleStrategy'],
  ['replication_factor', '3'],
];

/** What tools read: the tables of `system_schema`, made from the definitions. */
const VIRTUAL: Readonly<Record<string, Virtual>> = {
  keyspaces: {
    columns: [
      ...texts('keyspace_name'),
      { name: 'durable_writes', type: 'boolean' },
      { name: 'replication', type: 'frozen<map<text, text>>' },
    ],
    rows: (keyspaces) =>
      ['system', 'system_auth', 'system_schema', ...keyspaces.map(({ name }) => name)].map((name) => [
        name,
        'true',
        REPLICATION,
      ]),
  },
  tables: {
    columns: [...texts('keyspace_name', 'table_name'), { name: 'default_time_to_live', type: 'int' }],
    rows: (keyspaces) =>
      keyspaces.flatMap(({ name, tables }) =>
        tables.map((table) => [name, table.name, String(table.definition.defaultTtlSeconds)]),
      ),
  },
  columns: {
    columns: [
      ...texts('keyspace_name', 'table_name', 'column_name', 'clustering_order', 'kind'),
      { name: 'position', type: 'int' },
      ...texts('type'),
    ],
    rows: (keyspaces) =>
      keyspaces.flatMap(({ name, tables }) =>
        tables.flatMap(({ name: table, definition }) =>
          definition.columns.map(({ name: column, kind, order, type }, _, all) => {
            const position =
              kind === 'regular' ? -1 : all.filter((one) => one.kind === kind).findIndex((one) => one.name === column);
            return [name, table, column, (order ?? 'none').toLowerCase(), kind, String(position), type];
          }),
        ),
      ),
  },
  types: {
    columns: [
      ...texts('keyspace_name', 'type_name'),
      { name: 'field_names', type: 'frozen<list<text>>' },
      { name: 'field_types', type: 'frozen<list<text>>' },
    ],
    rows: (keyspaces) =>
      keyspaces.flatMap(({ name, types }) =>
        types.map((type) => [
          name,
          type.name,
          type.fields.map((field) => field.name),
          type.fields.map((field) => field.type),
        ]),
      ),
  },
  indexes: {
    columns: texts('keyspace_name', 'table_name', 'index_name', 'kind'),
    rows: (keyspaces) =>
      keyspaces.flatMap(({ name, tables }) =>
        tables.flatMap((table) =>
          table.definition.indexes.map((index) => [name, table.name, index.name, 'COMPOSITES']),
        ),
      ),
  },
};

/** SELECT from `system_schema`: columns, count, conditions with `=` and IN. Throws a `CqlError`. */
export async function selectFromSystem(cluster: Cluster, keyspace: string, select: Select): Promise<CqlRows> {
  const virtual = keyspace === 'system_schema' ? VIRTUAL[select.table.name] : undefined;
  if (!virtual) throw tableNotFound(`${keyspace}.${select.table.name}`);
  const keyspaces = await Promise.all(
    (await keyspaceNames(cluster)).map(async (name) => await describeKeyspace(cluster, name)),
  );
  const at = (name: string): number => {
    const found = virtual.columns.findIndex((column) => column.name === name);
    if (found === -1) throw invalid(`Undefined Column. Column doesn't exist: ${name}`);
    return found;
  };
  const rows = virtual.rows(keyspaces).filter((row) =>
    select.where.every(({ column, values }) => {
      const type = typeOf(virtual.columns[at(column)]?.type ?? 'text');
      return values.some(
        (value) => JSON.stringify(storedOf(type, value, new Map())) === JSON.stringify(row[at(column)]),
      );
    }),
  );
  if (select.selected.some((one) => one.kind === 'call'))
    return { columns: [{ name: 'count(*)', type: 'bigint' }], rows: [[String(rows.length)]], types: [] };
  const shown = select.selected.flatMap((one) => (one.kind === 'column' ? [at(one.at.column)] : []));
  const wanted = shown.length === 0 ? virtual.columns.map((_, i) => i) : shown;
  return {
    columns: wanted.flatMap((i) => virtual.columns[i] ?? []),
    rows: rows.slice(0, select.limit ?? rows.length).map((row) => wanted.map((i) => row[i] ?? null)),
    types: [],
  };
}
