export { type DumpClusterObjectsInput, type DumpSchemaInput } from './dump';
export * from './compare-with-snapshot';
export { needsOfDump, type DumpNeeds } from './needs-of-dump';
export * from './relations-of-dump';
export { renameDatabase as renameDatabaseInDump, type RenamedDump } from './rename-database';
export * from './roles-of-dump';
export { scanSql, UnfinishedSql, type Statement, type Token } from './scan-sql';
