import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';
import {
  copySchema,
  importInto,
  placeFiles,
  reasonOf,
  restorationId,
  restoreAs,
  rocksdb,
  startedId,
  stateOf,
  takeSnapshot,
  untilState,
  type MappedTablet,
} from './snapshot-cycle';

let cluster: EmulatedCluster;
beforeAll(async () => {
  cluster = await EmulatedCluster.start('2025.1');
  await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE orders'));
  await withSql(
    cluster.address,
    'orders',
    async (sql) =>
      await sql.query(
        "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 300) i",
      ),
  );
});
afterAll(async () => {
  await cluster.stop();
});
afterEach(async () => {
  await cluster.control('DELETE /faults');
  for (const [, id = ''] of (await cluster.admin('list_snapshots')).matchAll(
    /^(\S{36}) \t(?:COMPLETE|FAILED|CREATING) /gm,
  )) {
    await cluster.ybAdmin('delete_snapshot', id);
    await until(async () => (await stateOf(cluster, id)) === undefined, 'the snapshot to go');
  }
});

const snapshotFolder = (tserver: number, { newTable, newTablet }: MappedTablet, id: string): string =>
  join(rocksdb(cluster, tserver), `table-${newTable}`, `tablet-${newTablet}.snapshots`, id);

/** Up to the files in their places. */
async function placed(as: string): Promise<{ id: string; tablets: MappedTablet[] }> {
  const snapshot = await takeSnapshot(cluster, 'orders');
  await copySchema(cluster, 'orders', as);
  const imported = await importInto(cluster, snapshot, as);
  placeFiles(cluster, { snapshot, tserver: 0 }, imported);
  return imported;
}

it('fails the nth call of a command, with the text that was given', async () => {
  await cluster.control('POST /faults', {
    name: 'fail',
    command: 'list_snapshots',
    nth: 2,
    text: 'Timed out (yb/rpc/rpc.cc:211): no answer',
  });
  expect((await cluster.ybAdmin('list_snapshots')).code).toBe(0);
  expect(await cluster.ybAdmin('list_snapshots')).toEqual({
    stdout: '',
    stderr: 'Error running list_snapshots: Timed out (yb/rpc/rpc.cc:211): no answer\n',
    code: 1,
  });
  expect((await cluster.ybAdmin('list_snapshots')).code).toBe(0);
});

it('loses a reply after the work was done', async () => {
  await cluster.run('fault', [JSON.stringify({ name: 'lose-reply', command: 'create_database_snapshot' })]);
  const { stdout, stderr, code } = await cluster.ybAdmin('create_database_snapshot', 'orders');
  expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
  expect(stderr).toContain('CreateSnapshot RPC (request call id 4)');
  expect(await cluster.admin('list_snapshots')).toMatch(/^\S{36} \t(?:CREATING|COMPLETE) /m);
});

it('hangs until the client gives up', async () => {
  await cluster.control('POST /faults', { name: 'hang', command: 'list_snapshots' });
  const given = [
    '--master_addresses',
    `127.0.0.1:${cluster.options.ports.masterRpc}`,
    '--timeout_ms',
    '300',
    'list_snapshots',
  ];
  expect(await cluster.run('yb-admin', given)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('timed out after 0.300s') as string,
  });
});

it('lets DDL land between two commands', async () => {
  await cluster.control('POST /faults', {
    name: 'sql',
    command: 'export_snapshot',
    database: 'orders',
    sql: 'CREATE TABLE late AS SELECT 1 AS a',
  });
  const snapshot = await takeSnapshot(cluster, 'orders');
  const version = await cluster.admin('ysql_catalog_version');
  await cluster.admin('export_snapshot', snapshot, join(cluster.options.home, 'x.pb'));
  expect(await cluster.admin('ysql_catalog_version')).toBe(version);
  expect(await cluster.admin('list_tables')).toMatch(/^orders\.late /m);
  expect(readFileSync(join(cluster.options.home, 'x.pb')).includes('late')).toBe(false);
  await withSql(cluster.address, 'orders', async (sql) => await sql.query('DROP TABLE late'));
});

it.each(['FAILED', 'CREATING'] as const)('keeps a snapshot %s', async (state) => {
  await cluster.control('POST /faults', { name: state === 'FAILED' ? 'snapshot-fails' : 'snapshot-stays-creating' });
  const id = startedId(await cluster.admin('create_database_snapshot', 'orders'));
  await untilState(cluster, id, state);
});

it('loses, spoils and delays snapshot directories', async () => {
  const dirs = (id: string, tserver: number): string[] => {
    const tables = readdirSync(rocksdb(cluster, tserver));
    return tables.flatMap((table) => {
      const names = readdirSync(join(rocksdb(cluster, tserver), table)).filter((name) => name.endsWith('.snapshots'));
      return names.map((name) => join(rocksdb(cluster, tserver), table, name, id)).filter((dir) => existsSync(dir));
    });
  };
  await cluster.control('POST /faults', { name: 'snapshot-directory-gone', tserver: 1, all: true });
  const gone = await takeSnapshot(cluster, 'orders');
  expect([dirs(gone, 0).length, dirs(gone, 1).length]).toEqual([3, 0]);

  await cluster.control('POST /faults', { name: 'snapshot-directory-half', tserver: 0 });
  const half = await takeSnapshot(cluster, 'orders');
  expect(dirs(half, 0).filter((dir) => !existsSync(join(dir, 'CURRENT')))).toHaveLength(1);

  await cluster.control('POST /faults', { name: 'snapshot-directory-late', tserver: 2, ms: 400 });
  const late = await takeSnapshot(cluster, 'orders');
  expect(dirs(late, 2)).toHaveLength(2);
  await until(() => dirs(late, 2).length === 3, 'the late directory');
});

it('kills the tserver whose directory is missing, and continues when it is mended', async () => {
  const imported = await placed('mended');
  const [first] = imported.tablets;
  if (!first) throw new Error('no tablets');
  const folder = snapshotFolder(1, first, imported.id);
  renameSync(folder, `${folder}.aside`);
  const restoration = restorationId(await cluster.admin('restore_snapshot', imported.id));
  await until(async () => (await cluster.admin('list_all_tablet_servers')).includes(' DEAD '), 'the tserver to die');
  expect(await stateOf(cluster, restoration)).toBe('RESTORING');
  expect(await reasonOf(cluster, restoration)).toContain(`Snapshot directory does not exist: ${folder}`);
  await expect(cluster.page('/api/v1/varz', 1)).rejects.toThrow();
  expect(await cluster.ybAdmin('delete_snapshot', imported.id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`restoration ${restoration} is RESTORING`) as string,
  });

  await cluster.control('POST /tserver', { tserver: 1, alive: true });
  await until(
    async () => (await cluster.admin('list_all_tablet_servers')).includes(' DEAD '),
    'the tserver to die again',
  );
  renameSync(`${folder}.aside`, folder);
  await cluster.control('POST /tserver', { tserver: 1, alive: true });
  await untilState(cluster, restoration, 'RESTORED');
  expect(await contentOf(cluster.address, 'mended')).toEqual(await contentOf(cluster.address, 'orders'));
});

it.each([
  [
    'cut short',
    (file: string) => {
      appendFileSync(file, 'x');
    },
  ],
  [
    'missing',
    (file: string) => {
      rmSync(file);
    },
  ],
])('dies of a file that is %s', async (what, spoil) => {
  const imported = await placed(`spoiled_${what.length}`);
  const tablet = imported.tablets[0];
  if (!tablet) throw new Error('no tablets');
  const folder = snapshotFolder(2, tablet, imported.id);
  const file = readdirSync(folder).find((name) => name.endsWith('.sblock.0'));
  spoil(join(folder, file ?? ''));
  const restoration = restorationId(await cluster.admin('restore_snapshot', imported.id));
  await until(async () => (await cluster.admin('list_all_tablet_servers')).includes(' DEAD '), 'the tserver to die');
  expect(await stateOf(cluster, restoration)).toBe('RESTORING');
  await withSql(
    cluster.address,
    'yugabyte',
    async (sql) => await sql.query(`DROP DATABASE spoiled_${what.length} WITH (FORCE)`),
  );
  await cluster.control('DELETE /faults');
  await untilState(cluster, restoration, 'FAILED');
});

it('refuses files of another tablet', async () => {
  const snapshot = await takeSnapshot(cluster, 'orders');
  await copySchema(cluster, 'orders', 'swapped');
  const imported = await importInto(cluster, snapshot, 'swapped');
  const [a, b, ...rest] = imported.tablets;
  if (!a || !b) throw new Error('no tablets');
  placeFiles(
    cluster,
    { snapshot, tserver: 0 },
    { ...imported, tablets: [{ ...a, oldTablet: b.oldTablet }, { ...b, oldTablet: a.oldTablet }, ...rest] },
  );
  const restoration = restorationId(await cluster.admin('restore_snapshot', imported.id));
  await until(async () => (await cluster.admin('list_all_tablet_servers')).includes(' DEAD '), 'a tserver to die');
  // Which of the two is met first is not said.
  expect(await reasonOf(cluster, restoration)).toMatch(
    new RegExp(`is of tablet (?:${a.oldTablet}|${b.oldTablet}), not of `),
  );
  await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('DROP DATABASE swapped WITH (FORCE)'));
  await cluster.control('DELETE /faults');
  await untilState(cluster, restoration, 'FAILED');
});

it('carries ballast through a snapshot, and rows as ever', async () => {
  await cluster.run('fault', ['ballast', 'orders', String(3 << 20), '2']);
  const snapshot = await takeSnapshot(cluster, 'orders');
  const [table = ''] = readdirSync(rocksdb(cluster, 0)).filter((name) =>
    readdirSync(join(rocksdb(cluster, 0), name)).some((tablet) =>
      existsSync(join(rocksdb(cluster, 0), name, tablet, snapshot)),
    ),
  );
  expect(table).not.toBe('');
  await restoreAs(cluster, { database: 'orders', snapshot, tserver: 1 }, 'with_ballast');
  expect(await contentOf(cluster.address, 'with_ballast')).toEqual(await contentOf(cluster.address, 'orders'));
});

it('fails a restoration, ends a snapshot’s life, moves leaders', async () => {
  await cluster.control('POST /faults', { name: 'restoration-fails' });
  const imported = await placed('failing');
  const restoration = restorationId(await cluster.admin('restore_snapshot', imported.id));
  await untilState(cluster, restoration, 'FAILED');
  await cluster.control('POST /expire', { snapshot: imported.id });
  await until(async () => (await stateOf(cluster, imported.id)) === undefined, 'the snapshot to expire');
  const leaders = async (): Promise<string[]> =>
    [...(await cluster.admin('list_tablets', 'orders', 't', '0')).matchAll(/\t(127\.0\.0\.1:\d+) /g)].map(
      ([, address = '']) => address,
    );
  const before = await leaders();
  await cluster.control('POST /leader', { database: 'orders' });
  const after = await leaders();
  expect(after).toHaveLength(before.length);
  expect(after.every((leader, i) => leader !== before[i])).toBe(true);
});

it('says which faults there are when asked for another one', async () => {
  await expect(cluster.control('POST /faults', { name: 'earthquake' })).rejects.toThrow(
    'There is no fault \\"earthquake\\". Known: fail, hang,',
  );
});

it('22.17: restarts the master: connections are refused, then there is no leader yet, then all is well', async () => {
  const saidOf = async (): Promise<string> => {
    const { code, stderr } = await cluster.ybAdmin('-timeout_ms', '1000', 'list_snapshots');
    if (code === 0) return 'well';
    return /^Unable to establish connection to leader master/.test(stderr)
      ? 'refused'
      : /Leader not ready to serve requests/.test(stderr)
        ? 'no leader yet'
        : stderr;
  };
  await cluster.control('POST /restart-master', { downMs: 1_000, electionMs: 1_000 });
  const said: string[] = [];
  await until(async () => {
    const now = await saidOf();
    if (said.at(-1) !== now) said.push(now);
    return now === 'well';
  }, 'the master to be well');
  expect(said).toEqual(['refused', 'no leader yet', 'well']);
});
