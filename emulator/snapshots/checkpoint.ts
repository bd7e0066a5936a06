import { access, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DamagedFile, namesOf } from '../journal/tablet-file';
import { snapshotDir, tabletDir, type TabletPlace } from '../paths';
import type { TabletState } from '../state';

/**
 * Replaces RocksDB's MANIFEST: which files belong to the checkpoint, and its newest hybrid time.
 */
interface Manifest {
  peer: string;
  hybridTimeFilter: string;
  files: { number: number; ballast?: true; bytes: Record<string, number> }[];
}

export interface CheckpointInput {
  place: TabletPlace;
  snapshotId: string;
  tablet: TabletState;
  peer: string;
  micros: string;
  /** Newer releases put the tablet's own metadata beside the files. */
  withMetadata: boolean;
}

const MANIFEST = 'MANIFEST-000011';

/**
 * One replica's snapshot directory: hard links of immutable files, built under `<id>.tmp` and renamed. Does nothing if
 * it exists.
 */
export async function makeCheckpoint({
  place,
  snapshotId,
  tablet,
  peer,
  micros,
  withMetadata,
}: CheckpointInput): Promise<void> {
  const target = snapshotDir(place, snapshotId);
  if (await exists(target)) return;
  const building = `${target}.tmp`;
  await rm(building, { recursive: true, force: true });
  await mkdir(join(building, 'intents'), { recursive: true });
  const files: Manifest['files'] = [];
  for (const file of tablet.files) {
    const bytes: Record<string, number> = {};
    for (const name of namesOf(file)) {
      await link(join(tabletDir(place), name), join(building, name));
      bytes[name] = (await stat(join(building, name))).size;
    }
    files.push({ ...file, bytes });
  }
  await writeStore(building, { peer, hybridTimeFilter: micros, files });
  await writeStore(join(building, 'intents'), { peer, hybridTimeFilter: micros, files: [] });
  if (withMetadata)
    await writeFile(
      join(building, 'tablet.metadata'),
      `${JSON.stringify({ tablet: place.tabletId, table: place.tableId, peer })}\n`,
    );
  await rename(building, target);
}

async function writeStore(directory: string, manifest: Manifest): Promise<void> {
  await writeFile(join(directory, MANIFEST), `${JSON.stringify(manifest)}\n`);
  await writeFile(join(directory, 'CURRENT'), `${MANIFEST}\n`);
}

/** The checkpoint in a directory, as found. Throws `DamagedFile` with the text of the tserver's fatal error. */
export async function readCheckpoint(directory: string): Promise<Manifest> {
  if (!(await exists(directory)))
    throw new DamagedFile(
      `Apply failed: Not found (yb/tablet/tablet_snapshots.cc:300): Snapshot directory does not exist: ${directory}`,
    );
  const [manifest] = await Promise.all([readStore(directory), readStore(join(directory, 'intents'))]);
  for (const [name, bytes] of manifest.files.flatMap((file) => Object.entries(file.bytes))) {
    const found = await stat(join(directory, name)).catch(() => undefined);
    if (found?.size !== bytes)
      throw new DamagedFile(
        `Apply failed: Corruption: ${join(directory, name)} has ${found?.size ?? 'no'} bytes, the MANIFEST says ${bytes}`,
      );
  }
  return manifest;
}

async function readStore(directory: string): Promise<Manifest> {
  try {
    const current = (await readFile(join(directory, 'CURRENT'), 'utf8')).trim();
    return JSON.parse(await readFile(join(directory, current), 'utf8')) as Manifest;
  } catch (error) {
    throw new DamagedFile(
      `Apply failed: Corruption: no usable CURRENT and MANIFEST in ${directory} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`,
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
