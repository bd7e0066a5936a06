export * from './decode-snapshot-file';
export type { SnapshotColumn, SnapshotTable, SnapshotTablet } from './rows';
export * from './tiles-key-space';
export { withoutTables } from './without-tables';
