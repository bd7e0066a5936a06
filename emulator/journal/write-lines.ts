import { mkdir, rm } from 'node:fs/promises';
import { forEachOf } from '../mutex';
import { intentsDir, snapshotsDir, tableDir, tabletDir, type TabletPlace } from '../paths';
import type { TableState, TabletState, TserverState } from '../state';
import { writeTabletFile } from './tablet-file';

const WIDTH = 16;

export interface Disks {
  home: string;
  tservers: readonly TserverState[];
}

/** Each tablet replica of the tables. */
export function replicasOf(
  disks: Disks,
  tables: readonly TableState[],
): (TabletPlace & { table: TableState; tablet: TabletState })[] {
  return tables.flatMap((table) =>
    table.tablets.flatMap((tablet) =>
      tablet.replicas.map((tserver) => ({
        home: disks.home,
        tserver,
        tableId: table.id,
        tabletId: tablet.id,
        table,
        tablet,
      })),
    ),
  );
}

/** Creates the live directories of tablets. */
export async function makeTabletDirs(places: readonly TabletPlace[]): Promise<void> {
  await forEachOf(places, WIDTH, async (place) => {
    await mkdir(tabletDir(place), { recursive: true });
    await mkdir(intentsDir(place), { recursive: true });
  });
}

/**
 * Writes new lines as one file of each replica and adds the files to the tablets. Until the state is saved nothing
 * refers to them, so a kill does no harm: the same numbers are written again.
 */
export async function writeLines(
  disks: Disks,
  tables: readonly TableState[],
  lines: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const touched = replicasOf(disks, tables).filter(({ tablet }) => lines.has(tablet.id));
  const bodies = new Map([...lines].map(([id, text]) => [id, `${text.join('\n')}\n`]));
  await makeTabletDirs(touched);
  await forEachOf(touched, WIDTH, async (place) => {
    const header = { peer: disks.tservers[place.tserver]?.uuid ?? '', tablet: place.tabletId, table: place.tableId };
    await writeTabletFile(tabletDir(place), place.tablet.nextFile, header, bodies.get(place.tabletId) ?? '');
  });
  for (const tablet of new Set(touched.map(({ tablet }) => tablet))) {
    tablet.files.push({ number: tablet.nextFile });
    tablet.nextFile += 1;
  }
}

/** Removes the tablets of dropped tables, with their snapshots (`DeleteTabletData`, tablet_metadata.cc). */
export async function removeTables(disks: Disks, tables: readonly TableState[]): Promise<void> {
  await forEachOf(replicasOf(disks, tables), WIDTH, async (place) => {
    for (const path of [tabletDir(place), intentsDir(place), snapshotsDir(place)])
      await rm(path, { recursive: true, force: true });
  });
}

/** Removes the live directories of tablets that were split. Snapshots that cover the parent of a split keep it. */
export async function removeSplitParents(disks: Disks, tables: readonly TableState[]): Promise<void> {
  await forEachOf(replicasOf(disks, tables), WIDTH, async (place) => {
    for (const path of [tabletDir(place), intentsDir(place)]) await rm(path, { recursive: true, force: true });
  });
}

/** Whole table directories, snapshots included. */
export async function removeTableDirs(disks: Disks, tableIds: readonly string[]): Promise<void> {
  for (const tableId of tableIds) {
    for (const tserver of disks.tservers.keys())
      await rm(tableDir({ home: disks.home, tserver, tableId }), { recursive: true, force: true });
  }
}
