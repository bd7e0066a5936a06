import type { Cluster } from './cluster';
import { decodeSnapshotFile, encodeSnapshotFile } from './snapshot-file';
import type { DatabaseState, SnapshotState, TableState } from './state';
import { randomUUID } from 'node:crypto';
import {
  addressCell,
  CommandFailed,
  json,
  MASTER,
  printedTime,
  row,
  status,
  UNSET_MICROS,
  uuidCell,
} from './yb-admin-texts';

/** One call of yb-admin as the master gets it. */
export interface AdminCall {
  args: string[];
  timeZone: string;
  /** Content of the file to import; the client reads it. */
  file?: Buffer;
}

/** What yb-admin prints, and a file that it writes. */
export interface AdminAnswer {
  stdout: string;
  writeFile?: { path: string; content: Buffer };
}

type Command = (cluster: Cluster, args: string[], call: AdminCall) => Promise<AdminAnswer> | AdminAnswer;

const lines = (...text: string[]): AdminAnswer => ({ stdout: text.map((line) => `${line}\n`).join('') });
const is26 = (cluster: Cluster): boolean => cluster.options.dialect === '2.6';
const invalid = (message: string, usage?: string): CommandFailed =>
  new CommandFailed(status('Invalid argument', 'yb/tools/yb-admin_client.cc:1', message), '', usage);

function snapshotOf(cluster: Cluster, id: string, prefix: string): SnapshotState {
  const found = cluster.catalogue.snapshots.find((snapshot) => snapshot.id === id && snapshot.state !== 'DELETED');
  if (found) return found;
  throw new CommandFailed(
    `${status('Not found', 'yb/master/master_snapshot_coordinator.cc:1432', `${prefix}: Could not find snapshot: ${id}`, MASTER.SNAPSHOT_NOT_FOUND)}`,
  );
}

async function databaseOf(cluster: Cluster, name: string): Promise<DatabaseState> {
  const bare = name.replace(/^ysql\./, '');
  const database = await cluster.database(bare);
  if (!database) throw invalid(`Namespace '${bare}' of type 'ysql' not found`);
  return database;
}

const address = (cluster: Cluster, tserver: number): string =>
  `${cluster.options.host}:${cluster.options.ports.tserverRpc[tserver] ?? 0}`;
const masterAddress = (cluster: Cluster): string => `${cluster.options.host}:${cluster.options.ports.masterRpc}`;

const listSnapshots: Command = (cluster, args, call) => {
  const flags = args.map((arg) => arg.toUpperCase());
  const known = ['SHOW_DETAILS', 'NOT_SHOW_RESTORED', 'SHOW_DELETED', ...(is26(cluster) ? [] : ['JSON'])];
  const wrong = flags.find((flag) => !known.includes(flag));
  if (wrong !== undefined)
    throw invalid(`Wrong flag: ${wrong}`, '[SHOW_DETAILS] [NOT_SHOW_RESTORED] [SHOW_DELETED] [JSON]');
  const { snapshots, restorations } = cluster.catalogue;
  const time = (micros: string): string => printedTime(micros, call.timeZone);
  if (flags.includes('JSON')) {
    const listed = snapshots.map(({ id, state, micros }) => ({
      id,
      state,
      snapshot_time: time(micros),
      previous_snapshot_time: time(UNSET_MICROS),
    }));
    return lines(json({ snapshots: listed }));
  }
  const out: string[] = [];
  if (snapshots.length === 0) out.push('No snapshots');
  else {
    out.push(
      is26(cluster)
        ? row(uuidCell('Snapshot UUID'), 'State')
        : `${row(uuidCell('Snapshot UUID'), 'State')} \t \tCreation Time`,
    );
    for (const snapshot of snapshots) {
      out.push(
        is26(cluster) ? row(snapshot.id, snapshot.state) : row(snapshot.id, snapshot.state, time(snapshot.micros)),
      );
      if (!flags.includes('SHOW_DETAILS')) continue;
      const detail = (type: string, id: string, data: object): string => ` \t${JSON.stringify({ type, id, data })}`;
      out.push(
        detail('NAMESPACE', snapshot.databaseId, {
          name: snapshot.databaseName,
          database_type: 'YQL_DATABASE_PGSQL',
          colocated: false,
          state: 'RUNNING',
        }),
      );
      for (const table of snapshot.tables) {
        out.push(
          detail('TABLE', table.id, {
            name: table.name,
            ...(table.indexedTableId === undefined ? {} : { indexed_table_id: table.indexedTableId }),
            table_type: 'PGSQL_TABLE_TYPE',
            namespace_id: snapshot.databaseId,
          }),
        );
      }
    }
  }
  const shown = restorations.filter(({ state }) => !(flags.includes('NOT_SHOW_RESTORED') && state === 'RESTORED'));
  if (restorations.length === 0) out.push('No snapshot restorations');
  else {
    if (flags.includes('NOT_SHOW_RESTORED')) out.push('Not show fully RESTORED entries');
    if (shown.length > 0)
      out.push(row(uuidCell('Restoration UUID'), 'State'), ...shown.map(({ id, state }) => row(id, state)));
  }
  return lines(...out);
};

const listSnapshotRestorations: Command = (cluster, args) => {
  if (args.length > 1)
    throw invalid(`Too many arguments for command, at most 1 expected, but ${args.length} found`, '[<restoration_id>]');
  const all = cluster.catalogue.restorations.map(({ id, snapshotId, state }) => ({
    id,
    snapshot_id: snapshotId,
    state,
  }));
  const [wanted] = args;
  const shown = wanted === undefined ? all : all.filter(({ id }) => id === wanted);
  if (wanted !== undefined && shown.length === 0)
    throw new CommandFailed(
      status(
        'Not found',
        'yb/master/master_snapshot_coordinator.cc:1455',
        `Could not find restoration: ${wanted}`,
        MASTER.OBJECT_NOT_FOUND,
      ),
    );
  return lines(json({ restorations: shown }));
};

const createDatabaseSnapshot: Command = async (cluster, args) => {
  const [name = '', hours] = args;
  if (args.length === 0 || args.length > (is26(cluster) ? 1 : 2))
    throw invalid('Invalid arguments for operation', '[ysql.]<database_name> [retention_duration_hours]');
  const bare = name.replace(/^ysql\./, '');
  const failed = (text: string): CommandFailed => new CommandFailed(text);
  const database = await databaseOf(cluster, name);
  const prefix = `Unable to create snapshot of database: ${bare}`;
  if (!database.tables.some(({ kind }) => kind !== 'i'))
    throw failed(
      status('Invalid argument', 'yb/tools/yb-admin_client.cc:1790', `No tables found in namespace: ${bare}`),
    );
  if (cluster.catalogue.snapshots.some(({ state }) => state === 'CREATING')) {
    throw failed(
      status(
        'Service unavailable',
        'yb/master/catalog_manager_ext.cc:1',
        `${prefix}: Another snapshot operation is in progress`,
        MASTER.PARALLEL_SNAPSHOT_OPERATION,
      ),
    );
  }
  const snapshot = await cluster.createSnapshot(database, hours === undefined ? undefined : Number(hours));
  return lines(`Started snapshot creation: ${snapshot.id}`);
};

const exportSnapshot: Command = (cluster, args) => {
  const [id = '', path = ''] = args;
  if (args.length !== 2) throw invalid('Invalid arguments for operation', '<snapshot_id> <file_name>');
  const snapshot = snapshotOf(cluster, id, `Unable to export snapshot ${id} to file ${path}`);
  const content = encodeSnapshotFile(snapshot, { id: snapshot.databaseId, name: snapshot.databaseName });
  return {
    ...lines(
      `Exporting snapshot ${id} (${snapshot.state}) to file ${path}`,
      is26(cluster)
        ? `Snapshot meta data was saved into file: ${path}`
        : `Snapshot metadata was saved into file: ${path}`,
    ),
    writeFile: { path, content },
  };
};

const importSnapshot: Command = async (cluster, args, call) => {
  const [path = '', target] = args;
  if (args.length < 1)
    throw invalid('Invalid arguments for operation', '<file_name> [<namespace> <table_name> [<table_name>]...]');
  const prefix = `Unable to import snapshot meta file ${path}`;
  const file = call.file && decodeSnapshotFile(call.file);
  if (!file) throw new CommandFailed(status('Corruption', 'yb/util/pb_util.cc:1', `${prefix}: Invalid container file`));
  const name = (target ?? file.databaseName).replace(/^ysql\./, '');
  const database = await cluster.database(name);
  if (!database)
    throw new CommandFailed(
      status(
        'Not found',
        'yb/master/catalog_manager_ext.cc:1',
        `${prefix}: YSQL database must exist: ${name}`,
        MASTER.NAMESPACE_NOT_FOUND,
      ),
    );
  const start = [`Read snapshot meta file ${path}`, `Importing snapshot ${file.id} (COMPLETE)`];
  if (target !== undefined && !is26(cluster)) start.push(`Target imported YSQL database name: ${name}`);
  if (!is26(cluster)) start.push(`YSQL database being imported: ${file.databaseName}`);
  const map: string[] = [];
  const tables: TableState[] = [];
  const cell = (text: string): string => text.padEnd(16);
  for (const table of file.tables) {
    start.push(
      table.isIndex
        ? `Table type: index (attaching to the old table id ${table.indexedTableId ?? ''})`
        : 'Table type: table',
    );
    if (target !== undefined) start.push(`Target imported table name: ${name}.${table.name}`);
    start.push(`Table being imported: ${file.databaseName}.${table.name}`);
    const match = database.tables.find((one) => one.schema === table.schema && one.name === table.name);
    if (!match)
      throw new CommandFailed(
        status(
          'Invalid argument',
          'yb/master/catalog_manager_ext.cc:2084',
          `${prefix}: YSQL table not found: ${table.name}: OBJECT_NOT_FOUND`,
          MASTER.OBJECT_NOT_FOUND,
        ),
        `${start.join('\n')}\n`,
      );
    tables.push(structuredClone(match));
    map.push(row(cell('Keyspace'), file.databaseId, database.id), row(cell('Table'), table.id, match.id));
    table.tablets.forEach((tablet, i) =>
      map.push(
        row(cell(`Tablet ${i}`), tablet.id, match.tablets.find(({ start: from }) => from === tablet.start)?.id ?? ''),
      ),
    );
  }
  const snapshot: SnapshotState = {
    id: randomUUID(),
    state: 'COMPLETE',
    databaseId: database.id,
    databaseName: database.name,
    micros: file.micros,
    marker: '',
    imported: true,
    originalId: file.id,
    tables,
  };
  cluster.catalogue.snapshots.push(snapshot);
  cluster.state.save();
  return lines(
    ...start,
    'Successfully applied snapshot.',
    row(cell('Object'), uuidCell('Old ID'), uuidCell('New ID')),
    ...map,
    row(cell('Snapshot'), file.id, snapshot.id),
  );
};

const restoreSnapshot: Command = (cluster, args) => {
  const [id = '', at] = args;
  if (args.length === 0)
    throw invalid('Invalid arguments for operation', '<snapshot_id> [<timestamp> | minus <interval>]');
  if (at !== undefined)
    throw new CommandFailed(
      status(
        'Not implemented',
        'emulator',
        `Unable to restore snapshot ${id}: the emulator does not restore to a moment yet`,
      ),
    );
  const snapshot = snapshotOf(cluster, id, `Unable to restore snapshot ${id}`);
  if (snapshot.state !== 'COMPLETE')
    throw new CommandFailed(
      status(
        'Illegal state',
        'yb/master/master_snapshot_coordinator.cc:1',
        `Unable to restore snapshot ${id}: The snapshot state is not complete: ${id}`,
        MASTER.SNAPSHOT_IS_NOT_READY,
      ),
    );
  const restoration = cluster.restore(snapshot);
  return lines(`Started restoring snapshot: ${id}`, `Restoration id: ${restoration.id}`);
};

const deleteSnapshot: Command = async (cluster, args) => {
  const [id = ''] = args;
  if (args.length !== 1) throw invalid('Invalid arguments for operation', '<snapshot_id>');
  const snapshot = snapshotOf(cluster, id, `Unable to delete snapshot ${id}`);
  const running = cluster.catalogue.restorations.find(
    ({ snapshotId, state }) => snapshotId === id && state === 'RESTORING',
  );
  if (running)
    throw new CommandFailed(
      status(
        'Illegal state',
        'yb/master/master_snapshot_coordinator.cc:1',
        `Unable to delete snapshot ${id}: Cannot delete snapshot ${id}, restoration ${running.id} is RESTORING`,
      ),
    );
  await cluster.deleteSnapshot(snapshot);
  return lines(`Deleted snapshot: ${id}`);
};

const listTables: Command = async (cluster, args) => {
  const has = (word: string): boolean => args.includes(word);
  const out = (await cluster.everything()).flatMap((database) =>
    database.tables.map((table) =>
      [
        `${has('include_db_type') ? 'ysql.' : ''}${database.name}.${table.name}`,
        ...(is26(cluster) ? [] : [`[ysql_schema=${table.schema}]`]),
        ...(has('include_table_id') ? [table.id] : []),
        ...(has('include_table_type') ? [table.kind === 'i' ? 'index' : table.kind === 'm' ? 'matview' : 'table'] : []),
      ].join(' '),
    ),
  );
  return lines(...out.sort());
};

const listTablets: Command = async (cluster, args) => {
  const options = args.map((arg) => arg.toUpperCase());
  const id = args[0]?.replace(/^tableid\./, '') ?? '';
  const table = (await cluster.everything()).flatMap(({ tables }) => tables).find((one) => one.id === id);
  if (!table) throw invalid(`Table with id '${id}' not found`, '<table> [<max_tablets>] [JSON] [include_followers]');
  const limit = Number(args.slice(1).find((arg) => /^\d+$/.test(arg)) ?? 10);
  const tablets = limit === 0 ? table.tablets : table.tablets.slice(0, limit);
  const uuid = (tserver: number): string => cluster.catalogue.tservers[tserver]?.uuid ?? '';
  const others = (leader: number): number[] => [0, 1, 2].filter((one) => one !== leader);
  if (options.includes('JSON') && !is26(cluster)) {
    const listed = tablets.map((tablet) => ({
      id: tablet.id,
      partition_key_start: tablet.start,
      partition_key_end: tablet.end,
      leader: { uuid: uuid(tablet.leader), endpoint: address(cluster, tablet.leader), role: 'LEADER' },
      ...(options.includes('INCLUDE_FOLLOWERS')
        ? {
            followers: others(tablet.leader).map((one) => ({
              uuid: uuid(one),
              endpoint: address(cluster, one),
              role: 'FOLLOWER',
            })),
          }
        : {}),
    }));
    return lines(json({ tablets: listed }));
  }
  const escaped = (hex: string): string =>
    Buffer.from(hex, 'hex').reduce(
      (text, byte) =>
        text + (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`),
      '',
    );
  const range = ({ start, end }: { start: string; end: string }): string =>
    `partition_key_start: "${escaped(start)}" partition_key_end: "${escaped(end)}"`.padEnd(56);
  if (is26(cluster))
    return lines(
      row(uuidCell('Tablet UUID'), 'Range'.padEnd(56), 'Leader'),
      ...tablets.map((tablet) => row(tablet.id, range(tablet), address(cluster, tablet.leader))),
    );
  const followers = options.includes('INCLUDE_FOLLOWERS');
  return lines(
    row(
      uuidCell('Tablet-UUID'),
      'Range'.padEnd(56),
      'Leader-IP'.padEnd(15),
      'Leader-UUID',
      ...(followers ? ['Followers'] : []),
    ),
    ...tablets.map((tablet) =>
      row(
        tablet.id,
        range(tablet),
        address(cluster, tablet.leader).padEnd(15),
        uuid(tablet.leader),
        ...(followers
          ? [
              others(tablet.leader)
                .map((one) => address(cluster, one))
                .join(','),
            ]
          : []),
      ),
    ),
  );
};

const listTabletServers: Command = async (cluster, args) => {
  const [id = ''] = args;
  const tablet = (await cluster.everything())
    .flatMap(({ tables }) => tables)
    .flatMap(({ tablets }) => tablets)
    .find((one) => one.id === id);
  if (!tablet)
    throw new CommandFailed(
      status(
        'Illegal state',
        'yb/tools/yb-admin_client.cc:1',
        `Unable to list tablet servers of tablet ${id}: Incorrect number of locations 0 for tablet ${id}.`,
      ),
    );
  return lines(
    row(uuidCell('Server UUID'), addressCell('RPC Host/Port'), 'Role'),
    ...cluster.catalogue.tservers.map(({ uuid }, i) =>
      row(uuid, addressCell(address(cluster, i)), i === tablet.leader ? 'LEADER' : 'FOLLOWER'),
    ),
  );
};

const listAllTabletServers: Command = (cluster, args) => {
  const shown = cluster.catalogue.tservers
    .map((tserver, i) => ({ ...tserver, i }))
    .filter(({ alive }) => alive || !args.includes('--exclude_dead'));
  const broadcast = is26(cluster) ? '' : 'Broadcast Host/Port ';
  const header = `${uuidCell('Tablet Server UUID')} RPC Host/Port ${'Heartbeat delay'.padEnd(15)} ${'Status'.padEnd(8)} ${'Reads/s'.padEnd(8)} ${'Writes/s'.padEnd(8)} ${'Uptime'.padEnd(8)} ${'SST total size'.padEnd(15)} ${'SST uncomp size'.padEnd(15)} ${'SST #files'.padEnd(15)} ${'Memory'.padEnd(8)} ${broadcast}`;
  const rows = shown.map(({ uuid, alive, i }) =>
    [
      uuid,
      address(cluster, i),
      (alive ? '0.52s' : '75.03s').padEnd(15),
      (alive ? 'ALIVE' : 'DEAD').padEnd(8),
      '0.00'.padEnd(8),
      '0.00'.padEnd(8),
      '4132'.padEnd(8),
      '26.21 MB'.padEnd(15),
      '30.05 MB'.padEnd(15),
      '12'.padEnd(15),
      '48.75 MB'.padEnd(8),
      ...(is26(cluster) ? [] : ['N/A']),
    ]
      .join(' ')
      .trimEnd(),
  );
  return lines(header, ...rows);
};

const listAllMasters: Command = (cluster) => {
  const broadcast = is26(cluster) ? [] : [addressCell('Broadcast Host/Port')];
  return lines(
    row(uuidCell('Master UUID'), addressCell('RPC Host/Port'), 'State'.padEnd(8), 'Role', ...broadcast),
    row(
      cluster.catalogue.masterUuid,
      addressCell(masterAddress(cluster)),
      'ALIVE'.padEnd(8),
      'LEADER',
      ...(is26(cluster) ? [] : [addressCell('N/A')]),
    ),
  );
};

const listNamespaces: Command = async (cluster) => {
  const names = (await cluster.databases()).map(({ name, id }) => `${name} ${id} ysql RUNNING false`);
  return lines(
    'name | UUID | language | state | colocated',
    '',
    'User Namespaces:',
    ...names,
    '',
    'System Namespaces:',
    'system 00000000000000000000000000000001 ycql RUNNING false',
  );
};

const getUniverseConfig: Command = (cluster) => {
  const { clusterUuid, universeUuid } = cluster.catalogue;
  if (is26(cluster))
    return {
      stdout: `Config: \r\nversion: 1 replication_info { live_replicas { num_replicas: 3 placement_uuid: "${universeUuid}" } } cluster_uuid: "${clusterUuid}"\n`,
    };
  return lines(
    JSON.stringify({
      version: 1,
      clusterUuid,
      universeUuid,
      replicationInfo: { liveReplicas: { numReplicas: 3, placementUuid: universeUuid } },
    }),
  );
};

const ysqlCatalogVersion: Command = async (cluster) =>
  lines(is26(cluster) ? `Version:${await cluster.catalogVersion()}` : `Version: ${await cluster.catalogVersion()}`);
const isEncryptionEnabled: Command = () => lines('Encryption status: DISABLED');

const setLoadBalancerEnabled: Command = (cluster, args) => {
  if (args.length !== 1 || !/^[01]$/.test(args[0] ?? '')) throw invalid('Invalid arguments for operation', '(0|1)');
  cluster.catalogue.loadBalancerEnabled = args[0] === '1';
  cluster.state.save();
  return { stdout: '' };
};

const getLoadBalancerState: Command = (cluster) =>
  lines(
    row(
      uuidCell('Master UUID'),
      addressCell('RPC Host/Port'),
      'State'.padEnd(8),
      'Role'.padEnd(8),
      'Load Balancer State',
    ),
    row(
      cluster.catalogue.masterUuid,
      addressCell(masterAddress(cluster)),
      'ALIVE'.padEnd(8),
      'LEADER'.padEnd(8),
      cluster.catalogue.loadBalancerEnabled ? 'ENABLED' : 'DISABLED',
    ),
  );

const getIsLoadBalancerIdle: Command = () => lines('Idle = 1');
const disableTabletSplitting: Command = (cluster, args) => {
  cluster.catalogue.splittingDisabledUntilMs = Date.now() + Number(args[0] ?? 0);
  return lines('Response: ');
};
const isTabletSplittingComplete: Command = () => lines('Response: is_tablet_splitting_complete: true');
const listSnapshotSchedules: Command = () => lines(json({ schedules: [] }));
const flushTable: Command = (_cluster, args) => lines(`Flushed [${args.join('.')}] tables.`);

const COMMON: Record<string, Command> = {
  list_snapshots: listSnapshots,
  create_database_snapshot: createDatabaseSnapshot,
  export_snapshot: exportSnapshot,
  import_snapshot: importSnapshot,
  restore_snapshot: restoreSnapshot,
  delete_snapshot: deleteSnapshot,
  list_tables: listTables,
  list_tablets: listTablets,
  list_tablet_servers: listTabletServers,
  list_all_tablet_servers: listAllTabletServers,
  list_all_masters: listAllMasters,
  get_universe_config: getUniverseConfig,
  ysql_catalog_version: ysqlCatalogVersion,
  is_encryption_enabled: isEncryptionEnabled,
  set_load_balancer_enabled: setLoadBalancerEnabled,
  get_load_balancer_state: getLoadBalancerState,
  get_is_load_balancer_idle: getIsLoadBalancerIdle,
  list_snapshot_schedules: listSnapshotSchedules,
  flush_table: flushTable,
};

/** Not in 2.6 yet. */
const LATER: Record<string, Command> = {
  list_snapshot_restorations: listSnapshotRestorations,
  list_namespaces: listNamespaces,
  disable_tablet_splitting: disableTabletSplitting,
  is_tablet_splitting_complete: isTabletSplittingComplete,
};

/** Prefix of an error line on stderr: `Error running <operation>: ` or, in old releases, `Error: `. */
export const errorPrefix = (cluster: Cluster, operation: string): string =>
  is26(cluster) ? 'Error: ' : `Error running ${operation}: `;

/** Runs one operation of yb-admin. Throws `CommandFailed`. */
export async function runCommand(cluster: Cluster, call: AdminCall): Promise<AdminAnswer> {
  const [operation = '', ...args] = call.args;
  const command = COMMON[operation] ?? (is26(cluster) ? undefined : LATER[operation]);
  if (!command) throw new CommandFailed(`Invalid operation: ${operation}`);
  return await command(cluster, args, call);
}
