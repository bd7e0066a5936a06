import { tabletsHolding } from '../journal/records';
import type { DatabaseState, TableState, TabletState } from '../state';
import {
  apiOf,
  databaseOf,
  shownName,
  can,
  lines,
  StatusError,
  tserverAddress,
  wrongArguments,
  type Answer,
  type Call,
  type Command,
} from './command';
import { addressCell, json, longCell, protoBytes, rangeCell, row, uuidCell } from './texts';

const TYPE = { r: 'table', i: 'index', m: 'matview', g: 'parent_table' } as const;
/** A few of each database's system tables: readers must cope with them. */
const CATALOG = [
  { name: 'pg_class', oid: 1259 },
  { name: 'pg_attribute', oid: 1249 },
];

/** The catalog tables of a YSQL database, whose id is made from its oid; of a keyspace none. */
export const catalogTables = ({
  id,
  keyspace,
}: Pick<DatabaseState, 'id' | 'keyspace'>): { id: string; name: string }[] =>
  keyspace === undefined
    ? CATALOG.map(({ name, oid }) => ({ name, id: `${id.slice(0, 24)}${oid.toString(16).padStart(8, '0')}` }))
    : [];

export const listTables: Command = {
  usage: '[include_db_type] [include_table_id] [include_table_type]',
  count: [0, 9],
  run: async ({ cluster, args }) => {
    await cluster.databases.flushAll();
    const [type, id, kind] = ['include_db_type', 'include_table_id', 'include_table_type'].map((flag) =>
      args.includes(flag),
    );
    const own = (schema: string | undefined, tableId: string): string =>
      can(cluster, 'tableSchemaAndId') ? `${schema === undefined ? '' : ` [ysql_schema=${schema}]`} [${tableId}]` : '';
    const line = (api: string, name: string, schema: string | undefined, tableId: string, tableKind: string): string =>
      `${type ? `${api}.` : ''}${name}${own(schema, tableId)}${id ? ` ${tableId}` : ''}${kind ? ` ${tableKind}` : ''}`;
    const found = [
      line('ycql', 'system.peers', undefined, '00000000000000000000000000000010', 'catalog'),
      line('ycql', 'system_schema.sys.catalog', undefined, 'sys.catalog.uuid', 'catalog'),
      ...cluster.state.databases.flatMap((database) => [
        ...catalogTables(database).map((table) =>
          line('ysql', `${database.name}.${table.name}`, 'pg_catalog', table.id, 'catalog'),
        ),
        ...database.tables.map((table) =>
          line(
            apiOf(database),
            `${shownName(database)}.${table.name}`,
            database.keyspace === undefined && table.kind !== 'g' ? table.schema : undefined,
            table.id,
            !can(cluster, 'matviews') && table.kind !== 'i' ? 'table' : TYPE[table.kind],
          ),
        ),
      ]),
    ];
    return lines(...found.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
  },
};

export const listTablets: Command = {
  usage: '<table> [<max_tablets>] (default 10, set 0 for max) [JSON] [include_followers]',
  count: [1, 5],
  run: async (call) => {
    const words = call.args.map((arg) => arg.toLowerCase());
    const { table, database, rest } = await tableOf(call);
    const { tablets: own } = tabletsHolding(table, database.tables);
    const options = words.slice(words.length - rest);
    const limit = Number(options.find((word) => /^\d+$/.test(word)) ?? 10);
    const tablets = limit === 0 ? own : own.slice(0, limit);
    const followers = options.includes('include_followers');
    return options.includes('json') && can(call.cluster, 'listTabletsJson')
      ? tabletsAsJson(call, tablets, followers)
      : tabletsAsTable(call, tablets, followers);
  },
};

function tabletsAsTable({ cluster }: Call, tablets: readonly TabletState[], followers: boolean): Answer {
  const range = ({ start, end }: TabletState): string =>
    `partition_key_start: "${protoBytes(start)}" partition_key_end: "${protoBytes(end)}"`;
  const leader = (tablet: TabletState): string =>
    tablet.leader === undefined ? '' : tserverAddress(cluster, tablet.leader);
  if (!can(cluster, 'listTabletsJson'))
    return lines(
      row(uuidCell('Tablet UUID'), rangeCell('Range'), 'Leader'),
      ...tablets.map((tablet) => row(tablet.id, range(tablet), leader(tablet))),
    );
  const others = (tablet: TabletState): string =>
    tablet.replicas
      .filter((one) => one !== tablet.leader)
      .map((one) => tserverAddress(cluster, one))
      .join(',');
  return lines(
    row(
      uuidCell('Tablet-UUID'),
      rangeCell('Range'),
      longCell('Leader-IP'),
      'Leader-UUID',
      ...(followers ? ['Followers'] : []),
    ),
    ...tablets.map((tablet) =>
      row(
        tablet.id,
        rangeCell(range(tablet)),
        longCell(leader(tablet)),
        tablet.leader === undefined ? '' : (cluster.state.tservers[tablet.leader]?.uuid ?? ''),
        ...(followers ? [others(tablet)] : []),
      ),
    ),
  );
}

function tabletsAsJson({ cluster }: Call, tablets: readonly TabletState[], followers: boolean): Answer {
  const replica = (tserver: number | undefined, role: string): object => ({
    uuid: tserver === undefined ? '' : cluster.state.tservers[tserver]?.uuid,
    endpoint: tserver === undefined ? '' : tserverAddress(cluster, tserver),
    role,
  });
  return lines(
    json({
      tablets: tablets.map((tablet) => ({
        id: tablet.id,
        partition_key_start: tablet.start,
        partition_key_end: tablet.end,
        leader: replica(tablet.leader, 'LEADER'),
        ...(followers
          ? { followers: tablet.replicas.filter((one) => one !== tablet.leader).map((one) => replica(one, 'FOLLOWER')) }
          : {}),
      })),
    }),
  );
}

export const listTabletServers: Command = {
  usage: '<tablet_id>',
  count: [1, 1],
  run: async ({ cluster, args: [id = ''] }) => {
    const find = (): TabletState | undefined =>
      cluster.state.databases
        .flatMap(({ tables }) => tables.flatMap(({ tablets }) => tablets))
        .find((tablet) => tablet.id === id);
    if (!find()) await cluster.databases.flushAll();
    const tablet = find();
    if (!tablet)
      throw new StatusError(
        'Illegal state',
        'yb/tools/yb-admin_client.cc:1600',
        `Incorrect number of locations 0 for tablet ${id}.`,
      );
    return lines(
      row(uuidCell('Server UUID'), addressCell('RPC Host/Port'), 'Role'),
      ...tablet.replicas.map((one) =>
        row(
          cluster.state.tservers[one]?.uuid ?? '',
          addressCell(tserverAddress(cluster, one)),
          one === tablet.leader ? 'LEADER' : 'FOLLOWER',
        ),
      ),
    );
  },
};

export const flushTable: Command = {
  usage: '<table> [timeout_in_seconds] (default 20) [ADD_INDEXES]',
  count: [1, 4],
  run: async (call) => {
    const { table, database } = await tableOf(call);
    const indexes = call.args.some((arg) => arg.toUpperCase() === 'ADD_INDEXES');
    return lines(`Flushed [${shownName(database)}.${table.name}] tables${indexes ? ' and associated indexes' : ''}.`);
  },
};

/** `tableid.<id>` or `<namespace> <table>`; `rest`: how many arguments follow. */
async function tableOf({ cluster, args }: Call): Promise<{ table: TableState; database: DatabaseState; rest: number }> {
  const [first = '', second] = args;
  await cluster.databases.flushAll();
  if (first.startsWith('tableid.')) {
    const id = first.slice('tableid.'.length);
    for (const database of cluster.state.databases) {
      const table = database.tables.find((one) => one.id === id);
      if (table) return { table, database, rest: args.length - 1 };
    }
    throw new StatusError('Invalid argument', 'yb/tools/yb-admin_client.cc:420', `Table with id '${id}' not found`);
  }
  if (second === undefined) throw wrongArguments('Empty list of tables');
  const database = await databaseOf(cluster, first, 'ycql').catch(async () => await databaseOf(cluster, first));
  const [table, another] = database.tables.filter(({ name }) => name === second);
  if (!table)
    throw new StatusError(
      'Invalid argument',
      'yb/tools/yb-admin_client.cc:430',
      `Table with name '${second}' not found in namespace '${first}'`,
    );
  if (another)
    throw new StatusError(
      'Invalid argument',
      'yb/tools/yb-admin_client.cc:440',
      `Namespace '${first}' has multiple tables named '${second}', specify table id instead`,
    );
  return { table, database, rest: args.length - 2 };
}
