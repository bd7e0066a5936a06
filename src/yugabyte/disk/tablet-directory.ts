import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const SNAPSHOT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const rocksdb = (dataDir: string): string => join(dataDir, 'yb-data', 'tserver', 'data', 'rocksdb');

/** Where one live tablet replica is. */
export interface TabletHome {
  dataDir: string;
  /** For a colocated tablet, its parent table. */
  tableId: string;
}

/**
 * Every tablet that lives in the data directories, by id. A tablet lives in exactly one of them, with its snapshots
 * beside it; a partly removed copy elsewhere has no live directory.
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
      `"${snapshotId.slice(0, 80)}" is not a snapshot id (a UUID in lower case), so nothing was touched.`,
    );
  return join(snapshotsDirectory(home, tablet), snapshotId);
}

/** Provisional records: a subdirectory in a snapshot, a separate directory beside a live tablet. */
const INTENTS = 'intents/';

/** A directory that may contain exactly the same file as a snapshot, and its path there. */
export interface HardLinkPlace {
  directory: string;
  path: string;
}

/**
 * Where a file of a snapshot may still exist, since snapshots are hard links: in the live tablet, until it is compacted
 * away, and in the tablet's complete snapshots.
 */
export async function hardLinkPlaces(home: TabletHome, tablet: string, path: string): Promise<HardLinkPlace[]> {
  const live = join(rocksdb(home.dataDir), `table-${home.tableId}`, `tablet-${tablet}`);
  const snapshots = snapshotsDirectory(home, tablet);
  const whole = (await namesIn(snapshots)).filter((name) => SNAPSHOT_ID.test(name)).sort();
  return [
    path.startsWith(INTENTS)
      ? { directory: `${live}.intents`, path: path.slice(INTENTS.length) }
      : { directory: live, path },
    ...whole.map((name) => ({ directory: join(snapshots, name), path })),
  ];
}

/**
 * No link below it is followed: everything there is created by the tserver. The data directories themselves may be
 * links.
 */
export const tabletsRoot = ({ dataDir }: Pick<TabletHome, 'dataDir'>): string => rocksdb(dataDir);

/**
 * Why a snapshot directory can't be copied, or undefined if it is complete: `CURRENT` (given as its text, if it exists)
 * must name an existing MANIFEST (a remote bootstrap fills directories file by file).
 */
export function snapshotProblem(current: string | undefined, names: ReadonlySet<string>): string | undefined {
  if (current === undefined) return 'its snapshot directory has no CURRENT';
  const named = current.trim();
  if (!/^MANIFEST-\d+$/.test(named)) return `its CURRENT names "${named.slice(0, 40)}", which is not a MANIFEST`;
  return names.has(named) ? undefined : `its CURRENT names ${named}, which does not exist`;
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
