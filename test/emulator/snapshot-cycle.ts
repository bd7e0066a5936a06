import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until, type EmulatedCluster } from './emulated-cluster';

/** One line of an import's map. */
export interface MappedTablet {
  oldTable: string;
  newTable: string;
  oldTablet: string;
  newTablet: string;
}

/** Creates a snapshot and waits until it is COMPLETE. */
export async function takeSnapshot(cluster: EmulatedCluster, database: string): Promise<string> {
  const id = startedId(await cluster.admin('create_database_snapshot', database));
  await untilState(cluster, id, 'COMPLETE');
  return id;
}

export const startedId = (stdout: string): string => /^Started snapshot creation: (\S+)$/m.exec(stdout)?.[1] ?? '';
export const restorationId = (stdout: string): string => /^Restoration id: (\S+)$/m.exec(stdout)?.[1] ?? '';

/** State of a snapshot or restoration as `list_snapshots` prints it. */
export async function stateOf(cluster: EmulatedCluster, id: string): Promise<string | undefined> {
  const listed = await cluster.admin('list_snapshots');
  return new RegExp(`^${id} \\t([A-Z]+)`, 'm').exec(listed)?.[1];
}

export async function untilState(cluster: EmulatedCluster, id: string, state: string): Promise<void> {
  await until(async () => (await stateOf(cluster, id)) === state, `${id} to be ${state}`);
}

/** Loads the schema of a database under another name. */
export async function copySchema(cluster: EmulatedCluster, database: string, as: string): Promise<void> {
  const file = join(cluster.options.home, 'schema.sql');
  const dumped = await cluster.run('ysql_dump', [
    '--masters=none',
    '--include-yb-metadata',
    '--serializable-deferrable',
    '--create',
    '--schema-only',
    `--dbname=${database}`,
    `--file=${file}`,
  ]);
  expect(dumped).toEqual({ stdout: '', stderr: '', code: 0 });
  const dump = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    dump.replaceAll(`DATABASE ${database}`, `DATABASE ${as}`).replaceAll(`\\connect ${database}`, `\\connect ${as}`),
  );
  const loaded = await cluster.run('ysqlsh', [
    '-X',
    '-q',
    '-v',
    'ON_ERROR_STOP=1',
    '-d',
    'yugabyte',
    '-o',
    '/dev/null',
    '-f',
    file,
  ]);
  expect(loaded).toEqual({ stdout: '', stderr: '', code: 0 });
}

/** Exports, imports, and says which tablets belong together. */
export async function importInto(
  cluster: EmulatedCluster,
  snapshot: string,
  database: string,
): Promise<{ id: string; tablets: MappedTablet[] }> {
  const file = join(cluster.options.home, 'exported.pb');
  await cluster.admin('export_snapshot', snapshot, file);
  const printed = await cluster.admin('import_snapshot', file, database);
  const rows = printed.split('\n').map((line) => line.split('\t').map((cell) => cell.trim()));
  const tablets: MappedTablet[] = [];
  let table = ['', ''];
  for (const [word = '', before = '', after = ''] of rows) {
    if (/^(?:Parent)?(?:Colocated)?Table$/.test(word)) table = [before, after];
    if (word.startsWith('Tablet ')) {
      tablets.push({ oldTable: table[0] ?? '', newTable: table[1] ?? '', oldTablet: before, newTablet: after });
    }
  }
  return { id: rows.find(([word]) => word === 'Snapshot')?.[2] ?? '', tablets };
}

export const rocksdb = (cluster: EmulatedCluster, tserver: number): string =>
  join(cluster.options.home, `tserver-${tserver + 1}`, 'yb-data', 'tserver', 'data', 'rocksdb');

/** Copies each old tablet's directory from one replica to all new replicas. */
export function placeFiles(
  cluster: EmulatedCluster,
  from: { snapshot: string; tserver: number },
  { id, tablets }: { id: string; tablets: MappedTablet[] },
): void {
  for (const { oldTable, newTable, oldTablet, newTablet } of tablets) {
    const source = join(
      rocksdb(cluster, from.tserver),
      `table-${oldTable}`,
      `tablet-${oldTablet}.snapshots`,
      from.snapshot,
    );
    for (const tserver of [0, 1, 2]) {
      const folder = join(rocksdb(cluster, tserver), `table-${newTable}`);
      expect(readdirSync(folder)).toContain(`tablet-${newTablet}`);
      cpSync(source, join(folder, `tablet-${newTablet}.snapshots`, id), { recursive: true });
    }
  }
}

/** The whole manual procedure: a database's snapshot restored under another name. Returns the restoration's id. */
export async function restoreAs(
  cluster: EmulatedCluster,
  from: { database: string; snapshot: string; tserver?: number },
  as: string,
): Promise<string> {
  await copySchema(cluster, from.database, as);
  const imported = await importInto(cluster, from.snapshot, as);
  placeFiles(cluster, { snapshot: from.snapshot, tserver: from.tserver ?? 0 }, imported);
  const restoration = restorationId(await cluster.admin('restore_snapshot', imported.id));
  await until(
    async () => ['RESTORED', 'FAILED'].includes((await stateOf(cluster, restoration)) ?? ''),
    'the restoration to end',
  );
  if ((await stateOf(cluster, restoration)) === 'FAILED') throw new Error(await reasonOf(cluster, restoration));
  return imported.id;
}

/** Why the emulator says that a restoration failed or hangs. */
export async function reasonOf(cluster: EmulatedCluster, restoration: string): Promise<string> {
  const { restorations } = (await cluster.control('GET /status')) as {
    restorations: { id: string; reason?: string }[];
  };
  return restorations.find(({ id }) => id === restoration)?.reason ?? 'no reason given';
}
