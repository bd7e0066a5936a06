export * from './decode-snapshot-file';
export type { SnapshotTable } from './rows';
export * from './tiles-key-space';
export { withoutTables } from './without-tables';
