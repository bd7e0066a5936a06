import type { Command } from '../command';
import type { CreatedSnapshot } from './create-database-snapshot';
import { required } from '../read-output';

export interface CreateKeyspaceSnapshotInput {
  /** Bare name of the YCQL keyspace. */
  keyspace: string;
  /** Only these tables; their indexes are included. Default: every table. */
  tables?: readonly string[] | undefined;
  /**
   * After this many hours the cluster deletes the snapshot; 0: never. Releases without this option keep it for ever.
   */
  retentionHours?: number | undefined;
}

/** Before the snapshot the chosen tables are flushed, within this limit: the documented default. */
const FLUSH_TIMEOUT_S = '60';

/**
 * Starts a snapshot of a YCQL keyspace, or of some of its tables, and returns at once. As with databases, there is no
 * idempotency key. Sources: v2.6 manual, "Distributed snapshot and restore" (YCQL); yb-admin sources 2024 and 2026 for
 * the retention.
 */
export const createKeyspaceSnapshot: Command<CreateKeyspaceSnapshotInput, CreatedSnapshot> = {
  name: 'create_keyspace_snapshot',
  mutates: true,
  argv: ({ keyspace, tables, retentionHours }, release) => {
    const hours = release.takesRetention && retentionHours !== undefined ? [String(retentionHours)] : [];
    return tables
      ? ['create_snapshot', ...pairs(keyspace, tables), FLUSH_TIMEOUT_S, ...hours]
      : ['create_keyspace_snapshot', `ycql.${keyspace}`, ...hours];
  },
  parse: (stdout, release, { retentionHours }) => ({
    snapshotId: required(/^Started snapshot creation: (\S+)\s*$/m, stdout, 'id of the snapshot'), // other lines may precede it
    retentionTaken: release.takesRetention && retentionHours !== undefined,
  }),
};

const pairs = (keyspace: string, tables: readonly string[]): string[] =>
  tables.flatMap((table) => [`ycql.${keyspace}`, table]);
