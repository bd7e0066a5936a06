import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const SNAPSHOT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const rocksdb = (dataDir: string): string => join(dataDir, 'yb-data', 'tserver', 'data', 'rocksdb');

/** Where one live tablet replica is. */
export interface TabletHome {
  dataDir: string;
  /** For a colocated tablet this is its parent table. */
  tableId: string;
}

/**
 * Every tablet that lives in the data directories, by id. A tablet lives in exactly one of them, and its snapshots
 * beside it; a half-removed copy elsewhere has no live directory.
 */
export async function findTablets(dataDirs: readonly string[]): Promise<Map<string, TabletHome>> {
  const homes = new Map<string, TabletHome>();
  for (const dataDir of dataDirs) {
    for (const table of await namesIn(rocksdb(dataDir))) {
      if (!table.startsWith('table-')) continue;
      for (const entry of await namesIn(join(rocksdb(dataDir), table))) {
        const tablet = /^tablet-([0-9a-f]{32})$/.exec(entry)?.[1];
        if (tablet !== undefined) homes.set(tablet, { dataDir, tableId: table.slice('table-'.length) });
      }
    }
  }
  return homes;
}

/** `tablet-<id>.snapshots` of a replica. */
export const snapshotsDirectory = ({ dataDir, tableId }: TabletHome, tablet: string): string =>
  join(rocksdb(dataDir), `table-${tableId}`, `tablet-${tablet}.snapshots`);

/**
 * The directory of one snapshot; a directory of this final name is complete (it is built under `<id>.tmp`). Throws
 * `RangeError` for an id that would lead elsewhere.
 */
export function snapshotDirectory(home: TabletHome, tablet: string, snapshotId: string): string {
  if (!SNAPSHOT_ID.test(snapshotId))
    throw new RangeError(
      `"${snapshotId.slice(0, 80)}" is no snapshot id (a UUID in lower case), so nothing is touched.`,
    );
  return join(snapshotsDirectory(home, tablet), snapshotId);
}

/**
 * Why a snapshot directory can't be copied, or undefined when it is whole: `CURRENT` must name a MANIFEST that is
 * there (a remote bootstrap fills directories file by file).
 */
export async function snapshotProblem(directory: string): Promise<string | undefined> {
  let current: string;
  try {
    if (!(await stat(directory)).isDirectory()) return 'its snapshot is no directory';
    current = (await readFile(join(directory, 'CURRENT'), 'latin1')).trim();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return (await exists(directory)) ? 'its snapshot directory has no CURRENT' : 'it has no directory of this snapshot';
  }
  if (!/^MANIFEST-\d+$/.test(current)) return `its CURRENT names "${current.slice(0, 40)}", which is no MANIFEST`;
  return (await exists(join(directory, current))) ? undefined : `its CURRENT names ${current}, which is not there`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
