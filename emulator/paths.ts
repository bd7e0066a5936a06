import { join } from 'node:path';

/** Layout of a tserver's data directory, as the real one's (yb-data/tserver/data/rocksdb/table-…/tablet-…). */
export const dataDir = (home: string, tserver: number): string => join(home, `tserver-${tserver + 1}`);
export const instanceFile = (home: string, tserver: number): string =>
  join(dataDir(home, tserver), 'yb-data', 'tserver', 'instance');
const rocksdb = (home: string, tserver: number): string =>
  join(dataDir(home, tserver), 'yb-data', 'tserver', 'data', 'rocksdb');

export interface TabletPlace {
  home: string;
  tserver: number;
  tableId: string;
  tabletId: string;
}

export const tableDir = ({ home, tserver, tableId }: Omit<TabletPlace, 'tabletId'>): string =>
  join(rocksdb(home, tserver), `table-${tableId}`);
/** The live tablet. */
export const tabletDir = (place: TabletPlace): string => join(tableDir(place), `tablet-${place.tabletId}`);
export const intentsDir = (place: TabletPlace): string => `${tabletDir(place)}.intents`;
export const snapshotsDir = (place: TabletPlace): string => `${tabletDir(place)}.snapshots`;
export const snapshotDir = (place: TabletPlace, snapshotId: string): string => join(snapshotsDir(place), snapshotId);
