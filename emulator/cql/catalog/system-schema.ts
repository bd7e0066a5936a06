import type { Cluster } from '../../cluster';
import type { CqlColumn, CqlIndex, CqlTable } from './definition';
import { has } from '../../releases';
import { invalid, tableNotFound } from '../errors';
import { describeKeyspace, keyspaceExists, keyspaceNames, type KeyspaceDescription } from './keyspaces';
import type { CqlRows } from '../run/result';
import type { Select } from '../language/statements';
import { typeOf } from '../values/types';
import { storedOf, type Stored } from '../values/values';

/** The connection that asks, and the catalog. */
interface QueryContext {
  cluster: Cluster;
  /** The address that the client connected to. */
  address: string;
  keyspaces: readonly KeyspaceDescription[];
}

interface Virtual {
  columns: { name: string; type: string }[];
  rows(context: QueryContext): Stored[][];
}

const texts = (...names: string[]): Virtual['columns'] => names.map((name) => ({ name, type: 'text' }));
const REPLICATION: Stored = [
  ['class', 'org.apache.cassandra.locator.SimpleStrategy'],
  ['replication_factor', '3'],
];

const enabled = (yes: boolean): Stored => [['enabled', String(yes)]];

/** Its own columns: to the catalog an index is a table, whose columns are listed like those of tables. */
function columnsOfIndex({ partition, clustering, include }: CqlIndex, { columns }: CqlTable): CqlColumn[] {
  const typeOfColumn = (name: string): string => columns.find((column) => column.name === name)?.type ?? 'text';
  return [
    ...partition.map((name) => ({ name, type: typeOfColumn(name), kind: 'partition_key' as const })),
    ...clustering.map(({ name, order }) => ({ name, order, type: typeOfColumn(name), kind: 'clustering' as const })),
    ...include.map((name) => ({ name, type: typeOfColumn(name), kind: 'regular' as const })),
  ];
}

/** Names as they are, without quotes (yql_indexes_vtable.cc). */
function optionsOf({ options }: Cluster, { partition, clustering, include, predicate }: CqlIndex): Stored {
  const hashed = partition.length > 1 ? `(${partition.join(', ')})` : partition.join('');
  const target = [hashed, ...clustering.map(({ name }) => name)].join(', ');
  return [
    ...(include.length === 0 ? [] : [['include', include.join(', ')]]),
    ...(predicate === undefined || !has(options.dialect, 'tellsPredicates') ? [] : [['predicate', predicate]]),
    ['target', target],
  ];
}

/** Set of `cql_keywords` in src/yb/common/ql_type.cc. */
const QUOTED_WORDS = new Set(
  `add allow alter and apply asc authorize batch begin by columnfamily create default delete desc describe drop entries execute from frozen full grant
   if in index infinity insert into is keyspace limit list map materialized mbean mbeans modify nan norecursive not null of on or order primary rename
   replace revoke schema select set table to token truncate unlogged unset update use using view where with`.split(
    /\s+/,
  ),
);

/** A type as the release prints it (`QLType::ToString`): names in it unquoted, or only keywords quoted. */
const typeIn = ({ options }: Cluster, text: string): string =>
  text.replace(/"((?:[^"]|"")*)"/g, (_, quoted: string) => {
    const name = quoted.replaceAll('""', '"');
    return has(options.dialect, 'quotesTypeNames') && QUOTED_WORDS.has(name.toLowerCase()) ? `"${name}"` : name;
  });

/** In the order of the real one: hash columns, clustering columns, the others. */
function columnRows(keyspace: string, table: string, columns: readonly CqlColumn[]): Stored[][] {
  const kinds = ['partition_key', 'clustering', 'regular'] as const;
  return kinds.flatMap((kind) =>
    columns
      .filter((column) => column.kind === kind)
      .map(({ name, order, type }, i) => {
        const position = kind === 'regular' ? -1 : i;
        const sorted = (kind === 'clustering' ? (order ?? 'ASC') : 'none').toLowerCase();
        return [keyspace, table, name, sorted, kind, String(position), type];
      }),
  );
}

/** What drivers and tools read of `system_schema`, made from the definitions (src/yb/master/yql_*_vtable.cc). */
const SCHEMA: Readonly<Record<string, Virtual>> = {
  keyspaces: {
    columns: [
      ...texts('keyspace_name'),
      { name: 'durable_writes', type: 'boolean' },
      { name: 'replication', type: 'frozen<map<text, text>>' },
    ],
    rows: ({ keyspaces }) =>
      ['system', 'system_auth', 'system_schema', ...keyspaces.map(({ name }) => name)].map((name) => [
        name,
        'true',
        REPLICATION,
      ]),
  },
  tables: {
    // What is null in the real one is left out.
    columns: [
      ...texts('keyspace_name', 'table_name'),
      { name: 'default_time_to_live', type: 'int' },
      { name: 'flags', type: 'set<text>' },
      { name: 'tablets', type: 'int' },
      { name: 'transactions', type: 'map<text, text>' },
    ],
    rows: ({ keyspaces }) => [
      ...virtualTables().map(({ keyspace, table }) => [keyspace, table, '0', ['compound'], null, enabled(false)]),
      ...keyspaces.flatMap(({ name, tables }) =>
        tables.map(({ name: table, definition }) => [
          ...[name, table, String(definition.defaultTtlSeconds), ['compound']],
          ...[definition.tablets?.toString() ?? null, enabled(definition.transactions)],
        ]),
      ),
    ],
  },
  columns: {
    columns: [
      ...texts('keyspace_name', 'table_name', 'column_name', 'clustering_order', 'kind'),
      { name: 'position', type: 'int' },
      ...texts('type'),
    ],
    rows: ({ cluster, keyspaces }) => [
      ...virtualTables().flatMap(({ keyspace, table, columns }) =>
        columnRows(
          keyspace,
          table,
          columns.map((column, i) => ({ ...column, kind: i === 0 ? 'partition_key' : 'regular' })),
        ),
      ),
      ...keyspaces.flatMap(({ name, tables }) =>
        tables.flatMap(({ name: table, definition }) => {
          const shown = (columns: readonly CqlColumn[]): CqlColumn[] =>
            columns.map((column) => ({ ...column, type: typeIn(cluster, column.type) }));
          return [
            ...columnRows(name, table, shown(definition.columns)),
            ...definition.indexes.flatMap((index) =>
              columnRows(name, index.name, shown(columnsOfIndex(index, definition))),
            ),
          ];
        }),
      ),
    ],
  },
  types: {
    columns: [
      ...texts('keyspace_name', 'type_name'),
      { name: 'field_names', type: 'frozen<list<text>>' },
      { name: 'field_types', type: 'frozen<list<text>>' },
    ],
    rows: ({ cluster, keyspaces }) =>
      keyspaces.flatMap(({ name, types }) =>
        types.map((type) => [
          name,
          type.name,
          type.fields.map((field) => field.name),
          type.fields.map((field) => typeIn(cluster, field.type)),
        ]),
      ),
  },
  indexes: {
    columns: [
      ...texts('keyspace_name', 'table_name', 'index_name', 'kind'),
      { name: 'is_unique', type: 'boolean' },
      { name: 'options', type: 'map<text, text>' },
      { name: 'transactions', type: 'map<text, text>' },
    ],
    rows: ({ cluster, keyspaces }) =>
      keyspaces.flatMap(({ name, tables }) =>
        tables.flatMap((table) =>
          table.definition.indexes.map((index) => [
            ...[name, table.name, index.name, 'COMPOSITES', String(index.unique)],
            ...[optionsOf(cluster, index), enabled(index.transactions)],
          ]),
        ),
      ),
  },
  // YCQL has no such objects, but drivers query them.
  views: { columns: texts('keyspace_name', 'view_name', 'base_table_name'), rows: () => [] },
  functions: { columns: texts('keyspace_name', 'function_name'), rows: () => [] },
  aggregates: { columns: texts('keyspace_name', 'aggregate_name'), rows: () => [] },
  triggers: { columns: texts('keyspace_name', 'table_name', 'trigger_name'), rows: () => [] },
};

/** The same for each server (kDefaultSchemaVersion): drivers need not wait for schema agreement. */
const SCHEMA_VERSION = '00000000-0000-0000-0000-000000000000';
/** kSystemTablesReleaseVersion: the version of Cassandra that drivers see. */
const RELEASE_VERSION = '3.9-SNAPSHOT';
const DATACENTER = 'datacenter1';
const RACK = 'rack1';

/** `system`: the server that the client is connected to, and the others. yql_local_vtable.cc, yql_peers_vtable.cc. */
const SYSTEM: Readonly<Record<string, Virtual>> = {
  local: {
    columns: [
      ...texts('key', 'bootstrapped'),
      { name: 'broadcast_address', type: 'inet' },
      ...texts('cluster_name', 'cql_version', 'data_center'),
      { name: 'gossip_generation', type: 'int' },
      { name: 'host_id', type: 'uuid' },
      { name: 'listen_address', type: 'inet' },
      ...texts('native_protocol_version', 'partitioner', 'rack', 'release_version'),
      { name: 'rpc_address', type: 'inet' },
      { name: 'schema_version', type: 'uuid' },
      ...texts('thrift_version'),
      { name: 'tokens', type: 'set<text>' },
      { name: 'truncated_at', type: 'map<uuid, blob>' },
    ],
    rows: ({ cluster, address }) => [
      [
        ...['local', 'COMPLETED', address, 'local cluster', '3.4.2', DATACENTER, '0'],
        ...[uuidOf(cluster.state.tservers[0]?.uuid ?? ''), address, '4'],
        ...['org.apache.cassandra.dht.Murmur3Partitioner', RACK, RELEASE_VERSION, address, SCHEMA_VERSION, '20.1.0'],
        ...[['0'], null],
      ],
    ],
  },
  // All tservers of an emulated cluster share one address, so none is a peer of another one.
  peers: {
    columns: [
      { name: 'peer', type: 'inet' },
      ...texts('data_center'),
      { name: 'host_id', type: 'uuid' },
      { name: 'preferred_ip', type: 'inet' },
      ...texts('rack', 'release_version'),
      { name: 'rpc_address', type: 'inet' },
      { name: 'schema_version', type: 'uuid' },
      { name: 'tokens', type: 'set<text>' },
    ],
    rows: () => [],
  },
};

const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const KEYSPACES: Readonly<Record<string, Readonly<Record<string, Virtual>>>> = {
  system: SYSTEM,
  system_schema: SCHEMA,
};

/** The virtual tables, which the catalog lists like others. */
const virtualTables = (): { keyspace: string; table: string; columns: Virtual['columns'] }[] =>
  Object.entries(KEYSPACES).flatMap(([keyspace, tables]) =>
    Object.entries(tables).map(([table, { columns }]) => ({ keyspace, table, columns })),
  );

/** Nothing for a keyspace that was dropped since it was listed. */
async function describedIfThere(cluster: Cluster, name: string): Promise<KeyspaceDescription[]> {
  try {
    return [await describeKeyspace(cluster, name)];
  } catch (error) {
    if (await keyspaceExists(cluster, name)) throw error;
    return [];
  }
}

/** SELECT from `system` and `system_schema`: columns, count, conditions with `=` and IN. Throws a `CqlError`. */
export async function selectFromSystem(
  { cluster, address }: { cluster: Cluster; address: string },
  keyspace: string,
  select: Select,
): Promise<CqlRows> {
  const virtual = KEYSPACES[keyspace]?.[select.table.name];
  if (!virtual) throw tableNotFound(`${keyspace}.${select.table.name}`);
  const names = virtual === SYSTEM['local'] || virtual === SYSTEM['peers'] ? [] : await keyspaceNames(cluster);
  const keyspaces = (await Promise.all(names.map(async (name) => await describedIfThere(cluster, name)))).flat();
  const at = (name: string): number => {
    const found = virtual.columns.findIndex((column) => column.name === name);
    if (found === -1) throw invalid(`Undefined Column. Column doesn't exist: ${name}`);
    return found;
  };
  const rows = virtual.rows({ cluster, address, keyspaces }).filter((row) =>
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
