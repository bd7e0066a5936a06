import type { Command } from '../command';
import { required } from '../read-output';

export interface CreateDatabaseSnapshotInput {
  /** Bare name of the YSQL database. */
  database: string;
  /**
   * After this many hours the cluster deletes the snapshot; 0: never. Releases without this option keep it for ever.
   */
  retentionHours?: number | undefined;
}

export interface CreatedSnapshot {
  snapshotId: string;
  /** The cluster accepted our retention; otherwise its own default applies (24 hours where snapshots expire). */
  retentionTaken: boolean;
}

/**
 * Starts a snapshot of one YSQL database and returns at once. There is no idempotency key: a second call starts a
 * second snapshot. An empty database is refused ("No tables found in namespace"). Source: v2.6 manual, "Distributed
 * snapshot and restore"; yb-admin sources 2024 and 2026 for the retention.
 */
export const createDatabaseSnapshot: Command<CreateDatabaseSnapshotInput, CreatedSnapshot> = {
  name: 'create_database_snapshot',
  mutates: true,
  argv: ({ database, retentionHours }, release) => [
    'create_database_snapshot',
    `ysql.${database}`,
    ...(release.takesRetention && retentionHours !== undefined ? [String(retentionHours)] : []),
  ],
  argvWhenRefused: ({ database, retentionHours }, release) =>
    release.takesRetention && retentionHours !== undefined
      ? ['create_database_snapshot', `ysql.${database}`]
      : undefined,
  parse: (stdout, _release, _input, argv) => ({
    snapshotId: required(/^Started snapshot creation: (\S+)\s*$/m, stdout, 'id of the snapshot'), // other lines may precede it
    retentionTaken: argv.length > 2,
  }),
};
