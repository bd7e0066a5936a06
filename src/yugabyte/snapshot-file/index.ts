export * from './decode-snapshot-file';
export * from './tiles-key-space';
export { withoutTables } from './without-tables';
