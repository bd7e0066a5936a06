import { dialectNamed, FIXTURE_DIALECTS, ybAdminPrints, type FixtureDialect } from '../fixtures';
import * as ybAdmin from '../../../src/yugabyte/yb-admin';
import { releaseOf } from '../../../src/yugabyte/yb-admin/version';
import { ToolFailed, UnexpectedOutput } from '../../../src/yugabyte/errors';
import type { Command } from '../../../src/yugabyte/yb-admin';

const A = '0d4b4935-2c95-4523-95ab-9ead1e95e794';
const B = '6beb9c0e-52ea-4f61-89bd-c160ec02c729';
const IMPORTED = 'ca8f3763-5437-4594-818d-713fb0cddb96';
const TABLE = '00004000000030008000000000004001';
const INDEX = '00004000000030008000000000004003';
/** The dialect has no such operation; said before anything is run. */
const NOT_TAKEN = 'not taken';

interface Case {
  command: Command<never, unknown>;
  input: unknown;
  argv: Record<FixtureDialect, string[] | typeof NOT_TAKEN>;
  mutates: boolean;
}
const one = <I>(command: Command<I, unknown>, input: I, argv: string[] | Case['argv'], mutates = false): Case => ({
  command: command,
  input,
  argv: Array.isArray(argv) ? { '2.6': argv, '2025.1': argv } : argv,
  mutates,
});

const CASES: Case[] = [
  one(ybAdmin.listSnapshots, {}, { '2.6': ['list_snapshots'], '2025.1': ['list_snapshots', 'JSON'] }),
  one(ybAdmin.listSnapshots, { details: true, deleted: true }, ['list_snapshots', 'SHOW_DETAILS', 'SHOW_DELETED']),
  one(ybAdmin.listSnapshotRestorations, {}, { '2.6': ['list_snapshots'], '2025.1': ['list_snapshot_restorations'] }),
  one(ybAdmin.listSnapshotSchedules, {}, ['list_snapshot_schedules']),
  one(ybAdmin.createDatabaseSnapshot, { database: 'odd name' }, ['create_database_snapshot', 'ysql.odd name'], true),
  one(
    ybAdmin.createDatabaseSnapshot,
    { database: 'orders', retentionHours: 0 },
    { '2.6': ['create_database_snapshot', 'ysql.orders'], '2025.1': ['create_database_snapshot', 'ysql.orders', '0'] },
    true,
  ),
  one(ybAdmin.exportSnapshot, { snapshotId: A, file: '/tmp/a b' }, ['export_snapshot', A, '/tmp/a b']),
  one(
    ybAdmin.importSnapshot,
    { file: '/tmp/f', database: 'ysql.copy' },
    ['import_snapshot', '/tmp/f', 'ysql.copy'],
    true,
  ),
  one(ybAdmin.restoreSnapshot, { snapshotId: A }, ['restore_snapshot', A], true),
  one(
    ybAdmin.restoreSnapshot,
    { snapshotId: A, atMicros: '1723239736451974' },
    ['restore_snapshot', A, '1723239736451974'],
    true,
  ),
  one(ybAdmin.deleteSnapshot, { snapshotId: A }, ['delete_snapshot', A], true),
  one(ybAdmin.listTables, {}, ['list_tables', 'include_db_type', 'include_table_id', 'include_table_type']),
  one(ybAdmin.listAllTabletServers, {}, ['list_all_tablet_servers']),
  one(ybAdmin.listAllMasters, {}, ['list_all_masters']),
  one(ybAdmin.listNamespaces, {}, { '2.6': NOT_TAKEN, '2025.1': ['list_namespaces'] }),
  one(ybAdmin.getUniverseConfig, {}, ['get_universe_config']),
  one(ybAdmin.ysqlCatalogVersion, {}, ['ysql_catalog_version']),
  one(ybAdmin.isEncryptionEnabled, {}, ['is_encryption_enabled']),
  one(ybAdmin.allMastersHaveUniverseKey, { keyId: 'key-2024' }, [
    'all_masters_have_universe_key_in_memory',
    'key-2024',
  ]),
  one(ybAdmin.setLoadBalancerEnabled, { enabled: false }, ['set_load_balancer_enabled', '0'], true),
  one(ybAdmin.setLoadBalancerEnabled, { enabled: true }, ['set_load_balancer_enabled', '1'], true),
  one(ybAdmin.getLoadBalancerState, {}, ['get_load_balancer_state']),
  one(
    ybAdmin.disableTabletSplitting,
    { leaseMs: 30_000, feature: 'kalpa' },
    { '2.6': NOT_TAKEN, '2025.1': ['disable_tablet_splitting', '30000', 'kalpa'] },
    true,
  ),
  one(ybAdmin.isTabletSplittingComplete, {}, { '2.6': NOT_TAKEN, '2025.1': ['is_tablet_splitting_complete'] }),
];

describe.each(FIXTURE_DIALECTS)('yb-admin of %s', (name) => {
  const dialect = dialectNamed(name);
  const read = <I, O>(command: Command<I, O>, fixture: string, input: I, argv: string[] = []): O =>
    command.parse(ybAdminPrints(name, fixture), dialect, input, argv);

  it.each(CASES.map((entry) => [`${entry.command.name} ${JSON.stringify(entry.input)}`, entry] as const))(
    'is asked by %s',
    (_name, { command, input, argv, mutates }) => {
      expect(command.mutates).toBe(mutates);
      const ask = (): string[] => command.argv(input as never, dialect);
      if (argv[name] === NOT_TAKEN) expect(ask).toThrow(ToolFailed);
      else expect(ask()).toEqual(argv[name]);
    },
  );

  it('reports its release', () =>
    expect(releaseOf(ybAdminPrints(name, 'version/version'))).toBe(name === '2.6' ? '2.6.20.0' : '2025.1.1.0'));

  it('lists no snapshots', () => {
    expect(read(ybAdmin.listSnapshots, 'list_snapshots/none', {})).toEqual([]);
    if (dialect.listsSnapshotsAsJson) expect(read(ybAdmin.listSnapshots, 'list_snapshots/json-none', {})).toEqual([]);
  });

  it('lists snapshots, with times where they are printed', () => {
    const time = (text: string): object => (name === '2.6' ? {} : { snapshotMicros: text });
    expect(read(ybAdmin.listSnapshots, 'list_snapshots/two-complete', {})).toEqual([
      { id: A, state: 'COMPLETE', ...time('1723239736451974') },
      { id: B, state: 'COMPLETE', ...time('1723255207000123') },
    ]);
    expect(read(ybAdmin.listSnapshots, 'list_snapshots/with-restorations', {}).map(({ id }) => id)).toEqual([IMPORTED]);
    expect(read(ybAdmin.listSnapshots, 'list_snapshots/restored-hidden', {}).map(({ id }) => id)).toEqual([IMPORTED]);
  });

  it('lists what a snapshot covers', () => {
    const [snapshot] = read(ybAdmin.listSnapshots, 'list_snapshots/details', { details: true });
    expect(snapshot?.database).toMatchObject({ api: 'ysql', name: 'orders' });
    expect(snapshot).not.toHaveProperty('tables');
    const tablesOf = ['one that is gone', snapshot?.id ?? ''];
    const [asked] = read(ybAdmin.listSnapshots, 'list_snapshots/details', { details: true, tablesOf });
    expect(asked?.tables?.map(({ id, name: table }) => [table, id === TABLE])).toEqual([
      ['t1', true],
      ['t1_idx', false],
    ]);
  });

  it('lists restorations', () => {
    const all = read(
      ybAdmin.listSnapshotRestorations,
      dialect.listsRestorations ? 'list_snapshot_restorations/two' : 'list_snapshots/with-restorations',
      {},
    );
    expect(all.map(({ state }) => state)).toEqual(['RESTORED', 'RESTORING']);
    expect(all.map(({ snapshotId }) => snapshotId)).toEqual(
      dialect.listsRestorations ? [IMPORTED, B] : [undefined, undefined],
    );
    const source = dialect.listsRestorations ? 'list_snapshot_restorations/two' : 'list_snapshots/with-restorations';
    expect(read(ybAdmin.listSnapshotRestorations, source, { restorationId: all[1]?.id ?? '' })).toEqual([all[1]]);
    const none = dialect.listsRestorations ? 'list_snapshot_restorations/none' : 'list_snapshots/none';
    expect(read(ybAdmin.listSnapshotRestorations, none, {})).toEqual([]);
  });

  it.each(['started', 'started-after-other-lines'])('creates a snapshot (%s)', (fixture) => {
    const input = { database: 'orders', retentionHours: 48 };
    const argv = ybAdmin.createDatabaseSnapshot.argv(input, dialect);
    expect(read(ybAdmin.createDatabaseSnapshot, `create_database_snapshot/${fixture}`, input, argv)).toEqual({
      snapshotId: A,
      retentionTaken: name === '2025.1',
    });
    expect(
      read(ybAdmin.createDatabaseSnapshot, `create_database_snapshot/${fixture}`, input, [
        'create_database_snapshot',
        'ysql.orders',
      ]),
    ).toEqual({
      snapshotId: A,
      retentionTaken: false,
    });
  });

  it('exports a snapshot', () =>
    expect(read(ybAdmin.exportSnapshot, 'export_snapshot/saved', { snapshotId: A, file: 'f' })).toEqual({
      state: 'COMPLETE',
    }));

  it('imports a snapshot and maps every id', () => {
    const { snapshot, database, tables } = read(ybAdmin.importSnapshot, 'import_snapshot/renamed', {
      file: 'f',
      database: 'orders_copy',
    });
    expect(snapshot).toEqual({ oldId: A, newId: IMPORTED });
    expect(database?.newId).toBe('00004100000030008000000000000000');
    expect(tables.map(({ kind, oldId, tablets }) => [kind, oldId, tablets.length])).toEqual([
      ['table', TABLE, 3],
      ['table', INDEX, 1],
    ]);
    expect(tables[0]?.tablets[2]).toEqual({
      oldId: 'c7b4e1f09d2a4c3e8f5a6b7c8d9e0f03',
      newId: '13579bdf02468ace13579bdf02468a03',
    });
  });

  it('does not accept an import without its last line as a success', () => {
    const whole = ybAdminPrints(name, 'import_snapshot/renamed').trimEnd().split('\n');
    for (const lines of [whole.slice(0, -1), whole.slice(0, 5), []]) {
      expect(() => ybAdmin.importSnapshot.parse(lines.join('\n'), dialect, { file: 'f', database: 'd' }, [])).toThrow(
        UnexpectedOutput,
      );
    }
  });

  it('starts a restoration', () => {
    expect(read(ybAdmin.restoreSnapshot, 'restore_snapshot/started', { snapshotId: IMPORTED })).toEqual({
      restorationId: 'aa7c413b-9d6b-420a-b994-6626980240ca',
    });
    expect(() => ybAdmin.restoreSnapshot.argv({ snapshotId: A, atMicros: '1723239736' }, dialect)).toThrow(RangeError);
  });

  it('deletes a snapshot', () =>
    expect(read(ybAdmin.deleteSnapshot, 'delete_snapshot/deleted', { snapshotId: IMPORTED })).toEqual({
      snapshotId: IMPORTED,
    }));

  it('lists tables whose names hold dots and spaces', () => {
    const tables = read(ybAdmin.listTables, 'list_tables/with-ids', {});
    expect(tables.find(({ qualifiedName }) => qualifiedName === 'orders.odd name.with dots')).toMatchObject({
      api: 'ysql',
      type: 'table',
      id: '00004100000030008000000000004001',
    });
    expect(tables.find(({ id }) => id === INDEX)).toMatchObject({
      qualifiedName: 'orders.t1_idx',
      type: 'index',
      ...(name === '2025.1' ? { schema: 'public' } : {}),
    });
    expect(tables.slice(0, 3)).toMatchObject([
      { api: 'ycql', qualifiedName: 'shop.items', type: 'table' },
      { api: 'ycql', qualifiedName: 'system.peers', type: 'catalog' },
      { qualifiedName: 'system_schema.sys.catalog', id: 'sys.catalog.uuid', type: 'catalog' },
    ]);
  });

  const parseTables = (stdout: string): unknown => ybAdmin.listTables.parse(stdout, dialect, {}, []);

  it('lists tables whose names go over lines, and refuses what is no table', () => {
    const odd = `ysql.du"mp.line\nbreak [ysql_schema=S.x] ${INDEX} table\n`;
    expect(parseTables(`ysql.a.b ${TABLE} table\n${odd}ycql.c.d ${TABLE} index\n`)).toMatchObject([
      { qualifiedName: 'a.b' },
      { qualifiedName: 'du"mp.line\nbreak', schema: 'S.x', id: INDEX, type: 'table' },
      { api: 'ycql', qualifiedName: 'c.d', type: 'index' },
    ]);
    expect(() => parseTables(`${odd}Error of some kind\n`)).toThrow(UnexpectedOutput);
  });

  it('24.3: takes the id in brackets off a name, and only that', () => {
    const other = '00004000000030008000000000004444';
    expect(
      parseTables(
        [
          `ysql.db.t [ysql_schema=odd] name]s] [${TABLE}] ${TABLE} table`,
          `ysql.db.brackets [${other}] [ysql_schema=public] [${TABLE}] ${TABLE} table`,
          `ycql.ks.over\nlines [${other}] [${TABLE}] ${TABLE} index`,
          `ysql.db.1234.colocation.parent.tablename [1234.colocation.parent.uuid] 1234.colocation.parent.uuid parent_table`,
          `ycql.ks.plain [${other}] ${TABLE} table\r`,
          '',
        ].join('\n'),
      ),
    ).toEqual([
      { api: 'ysql', qualifiedName: 'db.t', schema: 'odd] name]s', id: TABLE, type: 'table' },
      { api: 'ysql', qualifiedName: `db.brackets [${other}]`, schema: 'public', id: TABLE, type: 'table' },
      { api: 'ycql', qualifiedName: `ks.over\nlines [${other}]`, id: TABLE, type: 'index' },
      {
        api: 'ysql',
        qualifiedName: 'db.1234.colocation.parent.tablename',
        id: '1234.colocation.parent.uuid',
        type: 'parent_table',
      },
      { api: 'ycql', qualifiedName: `ks.plain [${other}]`, id: TABLE, type: 'table' },
    ]);
  });

  it('24.3: reads a long listing, and a hostile one, in time that grows with its length', () => {
    const times = (text: string): number => {
      const from = process.cpuUsage();
      expect(() => parseTables(text)).toThrow(UnexpectedOutput);
      const { user } = process.cpuUsage(from);
      return user / 1000;
    };
    expect(times(`${`ysql.${' [ysql_schema='.repeat(50)}\n`.repeat(4_000)}`)).toBeLessThan(3_000);
    expect(times(`ysql.${' '.repeat(2_000_000)}x`)).toBeLessThan(3_000);
  });

  it('lists tservers', () => {
    expect(read(ybAdmin.listAllTabletServers, 'list_all_tablet_servers/three-alive', {})).toHaveLength(3);
    expect(read(ybAdmin.listAllTabletServers, 'list_all_tablet_servers/one-dead', {})[1]).toEqual({
      uuid: '4f3a9b8c7d6e45f0b1c2d3e4f5a60722',
      address: '127.0.0.2:9100',
      heartbeatSeconds: 75.03,
      status: 'DEAD',
    });
  });

  it('lists masters', () => {
    expect(read(ybAdmin.listAllMasters, 'list_all_masters/three', {}).map(({ role }) => role)).toEqual([
      'LEADER',
      'FOLLOWER',
      'FOLLOWER',
    ]);
    expect(read(ybAdmin.listAllMasters, 'list_all_masters/one-away', {})[1]).toEqual({
      address: '127.0.0.2:7100',
      alive: false,
      role: 'UNKNOWN_ROLE',
    });
  });

  it("reports the cluster's configuration", () =>
    expect(read(ybAdmin.getUniverseConfig, 'get_universe_config/config', {})).toMatchObject({
      clusterUuid: 'b2a9c1d4-6e7f-4a8b-9c0d-1e2f3a4b5c6d',
      replicationFactor: 3,
      readReplicaClusters: 0,
    }));

  it('reports which tables replication from another universe writes', () => {
    const stream = (id: string): string =>
      `stream_map { key: "s${id}" value { consumer_table_id: "${id}" producer_table_id: "p" } }`;
    const printed =
      name === '2.6'
        ? `Config: \r\nversion: 3 consumer_registry { producer_map { key: "g" value { ${stream(TABLE)} ${stream(INDEX)} } } }\n`
        : `${JSON.stringify({ version: 3, consumerRegistry: { producerMap: { g: { streamMap: { s1: { consumerTableId: TABLE }, s2: { consumerTableId: INDEX } } } } } })}\n`;
    expect(ybAdmin.getUniverseConfig.parse(printed, dialect, {}, []).replicatedTables).toEqual([TABLE, INDEX]);
    expect(read(ybAdmin.getUniverseConfig, 'get_universe_config/config', {}).replicatedTables).toEqual([]);
  });

  it('reports the catalog version', () =>
    expect(read(ybAdmin.ysqlCatalogVersion, 'ysql_catalog_version/version', {})).toEqual({
      version: name === '2.6' ? '1' : '17',
    }));

  it('reports about encryption', () => {
    expect(read(ybAdmin.isEncryptionEnabled, 'is_encryption_enabled/disabled', {})).toEqual({ enabled: false });
    expect(read(ybAdmin.isEncryptionEnabled, 'is_encryption_enabled/enabled', {})).toEqual({
      enabled: true,
      keyId: 'key-2024',
    });
    const held = 'all_masters_have_universe_key_in_memory/held';
    expect(read(ybAdmin.allMastersHaveUniverseKey, held, { keyId: 'key-2024' })).toBe(true);
  });

  it('reports that a master lacks a universe key, by its print and by its failure', () => {
    const nodes =
      'Node 127.0.0.1:7100 has universe key in memory: 1\nNode 127.0.0.2:7100 has universe key in memory: 0\n';
    expect(ybAdmin.allMastersHaveUniverseKey.parse(nodes, dialect, { keyId: 'key-2024' }, [])).toBe(false);
    const failed = (reason: string): ToolFailed =>
      new ToolFailed({
        tool: 'yb-admin',
        command: 'all_masters_have_universe_key_in_memory',
        exitCode: 1,
        reason,
        stderrTail: reason,
        outcome: 'refused',
        transient: false,
      });
    expect(ybAdmin.lacksUniverseKey(failed('Node 127.0.0.2:7100 does not have universe key in memory'))).toBe(true);
    expect(ybAdmin.lacksUniverseKey(failed('Timed out'))).toBe(false);
  });

  it('reports about the load balancer', () => {
    expect(read(ybAdmin.setLoadBalancerEnabled, 'set_load_balancer_enabled/set', { enabled: false })).toEqual({
      enabled: false,
    });
    expect(read(ybAdmin.getLoadBalancerState, 'get_load_balancer_state/enabled', {}).enabled).toBe(true);
    expect(read(ybAdmin.getLoadBalancerState, 'get_load_balancer_state/one-disabled-one-away', {})).toMatchObject({
      enabled: false,
      masters: [{ state: 'DISABLED' }, { state: 'ENABLED' }, { state: 'ERROR' }],
    });
  });

  it('lists no snapshot schedules', () =>
    expect(read(ybAdmin.listSnapshotSchedules, 'list_snapshot_schedules/none', {})).toEqual([]));

  it.each(
    CASES.filter(
      ({ command }) => !['set_load_balancer_enabled', 'list_tables', 'list_tablet_servers'].includes(command.name),
    ).map((entry) => [entry.command.name, entry] as const),
  )('is refused when its output makes no sense: %s', (_name, { command, input }) => {
    expect(() => command.parse('nonsense\nand more of it\n', dialect, input as never, [])).toThrow(UnexpectedOutput);
    expect(() => command.parse('', dialect, input as never, [])).toThrow(UnexpectedOutput);
  });
});
