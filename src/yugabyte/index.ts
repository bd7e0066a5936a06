export type { YsqlConnection, YugabyteConfig } from './config';
export { capabilitiesOf, compareVersions, type Capabilities } from './releases';
export {
  findTablets,
  snapshotDirectory,
  snapshotProblem,
  hardLinkPlaces,
  tabletsRoot,
  type HardLinkPlace,
  type TabletHome,
} from './disk/tablet-directory';
export { databaseApi } from './languages';
export type * from './database-api';
export * from './errors';
export { databasesTogether, namespaceOf, tablesOf, type Entities } from './http/dump-entities';
export { liveTables, withoutHidden } from './live-tables';
export type { TserverTablet } from './http/tserver-tablets';
export { fetchPage } from './http/fetch-page';
export { hostOf, rootCertOfPages, urlOf, usesHttps } from './http/web-address';
export { InstanceUnreadable, readInstanceUuid } from './instance-file';
export { type Micros } from './micros';
export { onCall, type Call, type ToolCall } from './process/calls';
export { contentMade, readMadeFile } from './process/read-made-file';
export { makeScratchFolder, removeAbandonedScratch } from './process/scratch-folder';
export {
  orphanedSchedules,
  readScheduleEvidence,
  schedulesOf,
  schedulesOfDatabase,
  type NamedSchedules,
  type ScheduleEvidence,
} from './schedules-of-database';
export * from './snapshot-file';
export * from './ysql';
export { unreadable, unreadFields } from './readers';
export { RowDigest } from './row-digest';
export { TOOLS } from './tool-versions';
export type { Tserver } from './tservers';
export * from './yb-admin';
export * from './ysql-dump';
export * from './ycql';
export { SqlGate, type GatedContent, type GateReport } from './sql-gate';
export * from './verdicts';
export { isLoopback } from './tls/loopback';
export { missingYcqlAuthority, ycqlUsesTls } from './tls/ycql-tls';
export { missingAuthority, ysqlTls } from './tls/ysql-tls';
export { CONNECTIONS_THAT_COUNT } from './ysql/ysql-api';
export { openYugabyte, Yugabyte } from './yugabyte';
