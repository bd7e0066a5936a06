import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shapeOf } from '../fixtures/shape';
import { withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';
import {
  copySchema,
  importInto,
  placeFiles,
  restorationId,
  startedId,
  stateOf,
  takeSnapshot,
  untilState,
} from './snapshot-cycle';

const fixtureOf = (dialect: string, path: string): string =>
  readFileSync(join(__dirname, '../fixtures', path.replace('<dialect>', dialect)), 'utf8');

/**
 * What a cluster is free to choose is made equal: addresses and their padding, places in source files, counters, the
 * file's path.
 */
function shape(text: string): string {
  const plain = text
    .replace(/\d+\.\d+\.\d+\.\d+:\d+ */g, 'HOST:PORT ')
    .replace(/\(yb\/[\w./-]+:\d+\)/g, '(yb/source)')
    .replace(/^Error(?: running \w+)?: /m, 'Error: ')
    .replaceAll(/\S+\/(?:orders\.snapshot|exported\.pb)/g, 'FILE')
    .replace(/(ALIVE|DEAD) +0\.00 +0\.00 +\d+ +/g, '$1 ')
    .replace(/^(Version: ?)\d+$/m, '$1n')
    .replace(/after [\d.]+s/, 'after n s')
    .replace(/0\.\d2s/g, '0.n2s');
  return shapeOf(plain);
}

describe.each(['2025.1', '2.6'] as const)('yb-admin of an emulated %s cluster', (dialect) => {
  const newer = dialect !== '2.6';
  const fixture = (name: string): string => fixtureOf(dialect, `yb-admin/<dialect>/${name}.txt`);
  let cluster: EmulatedCluster;
  let snapshot: string;

  beforeAll(async () => {
    cluster = await EmulatedCluster.start(dialect);
    await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE orders'));
    await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE empty'));
    await withSql(
      cluster.address,
      'orders',
      async (sql) =>
        await sql.query(
          'CREATE TABLE t1 (id int PRIMARY KEY, v text); CREATE INDEX t1_idx ON t1 (v); INSERT INTO t1 VALUES (1)',
        ),
    );
  });
  afterAll(async () => {
    await cluster.stop();
  });

  const expectPrints = async (args: string[], name: string): Promise<string> => {
    const { stdout, stderr, code } = await cluster.ybAdmin(...args);
    expect({ stdout: shape(stdout), stderr, code }).toEqual({ stdout: shape(fixture(name)), stderr: '', code: 0 });
    return stdout;
  };
  const expectFails = async (args: string[], name: string, lines?: number): Promise<void> => {
    const { stdout, stderr, code } = await cluster.ybAdmin(...args);
    const cut = (text: string): string => shape(text).split('\n').slice(0, lines).join('\n');
    expect({ stdout, stderr: cut(stderr), code }).toEqual({
      stdout: '',
      stderr: cut(fixture(`errors/${name}`)),
      code: 1,
    });
  };

  it('says which release it stands in for, and that it is an emulator', async () => {
    const { stdout } = await cluster.ybAdmin('--version');
    expect(stdout).toMatch(newer ? /^version 2025\.1\.1\.0 build .*emulator/ : /^version 2\.6\.20\.0 build .*emulator/);
    for (const tool of ['ysqlsh', 'ysql_dump', 'ysql_dumpall']) {
      expect((await cluster.run(tool, ['--version'])).stdout).toBe(
        `${tool} (PostgreSQL) ${newer ? '15.2-YB-2025.1.1.0' : '11.2-YB-2.6.20.0'}-emulator\n`,
      );
    }
  });

  it('takes, exports, imports, restores and deletes a snapshot with the printed texts of its release', async () => {
    await expectPrints(['list_snapshots'], 'list_snapshots/none');
    snapshot = startedId(
      await expectPrints(['create_database_snapshot', 'ysql.orders'], 'create_database_snapshot/started'),
    );
    await untilState(cluster, snapshot, 'COMPLETE');
    const other = await takeSnapshot(cluster, 'orders');
    await expectPrints(['list_snapshots'], 'list_snapshots/two-complete');
    await expectPrints(
      ['export_snapshot', snapshot, join(cluster.options.home, 'exported.pb')],
      'export_snapshot/saved',
    );
    await copySchema(cluster, 'orders', 'orders_copy');
    const imported = await importInto(cluster, snapshot, 'ysql.orders_copy');
    await expectPrints(
      ['import_snapshot', join(cluster.options.home, 'exported.pb'), 'orders_copy'],
      'import_snapshot/renamed',
    );
    placeFiles(cluster, { snapshot, tserver: 2 }, imported);
    const restoration = restorationId(
      await expectPrints(['restore_snapshot', imported.id], 'restore_snapshot/started'),
    );
    await untilState(cluster, restoration, 'RESTORED');
    await cluster.admin('delete_snapshot', other);
    await expectPrints(['delete_snapshot', imported.id], 'delete_snapshot/deleted');
    await until(async () => (await stateOf(cluster, imported.id)) === undefined, 'the snapshot to go');
  });

  it('prints tables of servers and tablets', async () => {
    const tables = await cluster.admin('list_tables', 'include_db_type', 'include_table_id', 'include_table_type');
    const [, t1 = ''] =
      (newer
        ? /^ysql\.orders\.t1 \[ysql_schema=public\] \[\w+\] (\S+) table$/m
        : /^ysql\.orders\.t1 (\S+) table$/m
      ).exec(tables) ?? [];
    expect(tables).toMatch(/^ysql\.orders\.t1_idx .*index$/m);
    const tablets = newer
      ? await expectPrints(['list_tablets', `tableid.${t1}`, '0'], 'list_tablets/three')
      : await cluster.admin('list_tablets', `tableid.${t1}`, '0');
    if (!newer)
      expect(shape(tablets).replaceAll(/ +\t/g, ' \t')).toBe(
        shape(fixture('list_tablets/three')).replaceAll(/ +\t/g, ' \t'),
      );
    const [, tablet = ''] = /^([0-9a-f]{32}) /m.exec(tablets) ?? [];
    await expectPrints(['list_tablet_servers', tablet], 'list_tablet_servers/three');
    await expectPrints(['list_all_tablet_servers'], 'list_all_tablet_servers/three-alive');
    await expectPrints(['is_encryption_enabled'], 'is_encryption_enabled/disabled');
    await expectPrints(['ysql_catalog_version'], 'ysql_catalog_version/version');
    await expectPrints(['list_snapshot_schedules'], 'list_snapshot_schedules/none');
    await expectPrints(['set_load_balancer_enabled', '1'], 'set_load_balancer_enabled/set');
    await expectPrints(['get_is_load_balancer_idle'], 'get_is_load_balancer_idle/idle');
    for (const [args, name] of [
      [['get_load_balancer_state'], 'get_load_balancer_state/enabled'],
      [['list_all_masters'], 'list_all_masters/three'],
    ] as const) {
      const first = (text: string): string[] => shape(text).split('\n').slice(0, 2);
      expect(first(await cluster.admin(...args))).toEqual(first(fixture(name)));
    }
    const config = await cluster.admin('get_universe_config');
    if (newer)
      expect(Object.keys(JSON.parse(config) as object)).toEqual(
        Object.keys(JSON.parse(fixture('get_universe_config/config')) as object),
      );
    else expect(shape(config)).toBe(shape(fixture('get_universe_config/config')));
  });

  it('fails with the texts of its release and exit code 1', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    await expectFails(['delete_snapshot', unknown], 'snapshot-not-found');
    await expectFails(['create_database_snapshot', 'ysql.empty'], 'empty-database');
    await expectFails(['create_database_snapshot'], 'usage', 2);
    await cluster.control('POST /faults', { name: 'lose-reply', command: 'create_database_snapshot' });
    await cluster.control('POST /faults', { name: 'snapshot-stays-creating' });
    await expectFails(['create_database_snapshot', 'orders'], 'timed-out');
    await expectFails(['create_database_snapshot', 'orders'], 'parallel-operation');
    await cluster.control('DELETE /faults');
    const nowhere = await cluster.run('yb-admin', ['--master_addresses', '127.0.0.1:1', 'list_snapshots']);
    expect({ ...nowhere, stderr: shape(nowhere.stderr) }).toEqual({
      stdout: '',
      stderr: shape(fixture('errors/no-connection')),
      code: 1,
    });
  });

  it(
    newer ? 'lists restorations, namespaces and splitting' : 'does not know the operations of later releases',
    async () => {
      if (!newer) {
        await expectFails(['list_snapshot_restorations'], 'unknown-operation');
        expect(await cluster.ybAdmin('list_snapshots', 'JSON')).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('Wrong flag: JSON') as string,
        });
        return;
      }
      await expectPrints(['disable_tablet_splitting', '1000', 'kalpa'], 'disable_tablet_splitting/accepted');
      await expectPrints(['is_tablet_splitting_complete'], 'is_tablet_splitting_complete/yes');
      const { restorations } = JSON.parse(await cluster.admin('list_snapshot_restorations')) as {
        restorations: Record<string, string>[];
      };
      expect(restorations).toEqual([
        { id: expect.any(String) as string, snapshot_id: expect.any(String) as string, state: 'RESTORED' },
      ]);
      expect(await cluster.admin('list_namespaces')).toMatch(
        /^name \| UUID \| language \| state \| colocated\n\nUser Namespaces:\n(?:\S+ [0-9a-f]{32} ysql RUNNING false\n)+\nSystem Namespaces:\n/,
      );
      await expectFails(
        ['list_snapshot_restorations', '26ed9053-0c26-4277-a2b8-c12d0fa4c8cf'],
        'restoration-not-found',
      );
      await expectFails(['import_snapshot', join(cluster.options.home, 'exported.pb'), 'empty'], 'table-not-found', 2);
      const at = await cluster.ybAdmin('restore_snapshot', snapshot, '1795403851691926');
      expect(at.stdout).toMatch(/^Restore at: \{ days: 20780 time: \d\d:\d\d:\d\d\.691926 \}$/m);
    },
  );
});

describe('web pages of an emulated cluster', () => {
  let cluster: EmulatedCluster;
  beforeAll(async () => {
    cluster = await EmulatedCluster.start('2025.1');
    await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE TABLE t (id int PRIMARY KEY)'));
  });
  afterAll(async () => {
    await cluster.stop();
  });

  const keysOf = (value: unknown): string[] => Object.keys(value as object).sort();
  const http = (name: string): Record<string, object> =>
    JSON.parse(fixtureOf('2025.1', `http/<dialect>/${name}.json`)) as Record<string, object>;

  it('have the members of the real ones', async () => {
    const entities = (await cluster.page('/dump-entities')) as Record<string, object[]>;
    for (const what of ['keyspaces', 'tables', 'tablets'])
      expect(keysOf(entities[what]?.[0])).toEqual(keysOf((http('dump-entities')[what] as object[])[0]));
    expect(keysOf(await cluster.page('/api/v1/version'))).toEqual(keysOf(http('version')));
    const [[, server] = []] = Object.entries(
      ((await cluster.page('/api/v1/tablet-servers')) as Record<string, object>)[''] ?? {},
    );
    const [expected] = Object.values(http('tablet-servers')[''] as object) as object[];
    expect(keysOf(server)).toEqual(expect.arrayContaining(keysOf(expected)));
    const [tablet] = Object.values((await cluster.page('/api/v1/tablets', 1)) as object) as object[];
    expect(keysOf(tablet)).toEqual(expect.arrayContaining(keysOf(Object.values(http('tablets'))[0])));
    expect(keysOf(await cluster.page('/api/v1/health-check', 0))).toEqual(keysOf(http('health-check')));
  });

  it('show where each tserver keeps its files, and that a dead one is dead', async () => {
    const { flags } = (await cluster.page('/api/v1/varz', 2)) as { flags: { name: string; value: string }[] };
    expect(flags).toContainEqual(
      expect.objectContaining({ name: 'fs_data_dirs', value: join(cluster.options.home, 'tserver-3') }),
    );
    await cluster.control('POST /tserver', { tserver: 2, alive: false });
    await expect(cluster.page('/api/v1/varz', 2)).rejects.toThrow();
    expect(await cluster.admin('list_all_tablet_servers')).toMatch(/ DEAD /);
    await cluster.control('POST /disk', { tserver: 0, freeBytes: 12345 });
    const page = (await cluster.page('/api/v1/tablet-servers')) as Record<
      string,
      Record<string, { status: string; path_metrics: { space_used: number; total_space_size: number }[] }>
    >;
    const servers = Object.values(page[''] ?? {});
    expect(servers.map(({ status }) => status)).toEqual(['ALIVE', 'ALIVE', 'DEAD']);
    const [disk] = servers[0]?.path_metrics ?? [];
    expect((disk?.total_space_size ?? 0) - (disk?.space_used ?? 0)).toBe(12345);
    await cluster.control('DELETE /faults');
    expect(await cluster.admin('list_all_tablet_servers')).not.toMatch(/ DEAD /);
  });
});
