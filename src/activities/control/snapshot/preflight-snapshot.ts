import { checkCluster } from '../preflight/check-cluster';
import { checkDatabase } from '../preflight/check-database';
import { checkFreeSpaceForSnapshot } from '../preflight/check-free-space';
import { definePreflight } from '../preflight/define-preflight';

export interface PreflightSnapshotInput {
  database: string;
  tables?: string[];
}

/**
 * Can a snapshot of this database be taken? Everything that is wrong, in one message. The store is not needed: its
 * record is written if it answers.
 */
export const makePreflightSnapshot = definePreflight<PreflightSnapshotInput, object>({
  subject: ({ database }) => `The snapshot of ${database}`,
  ask: async (checks, { database, tables }) => {
    const cluster = await checkCluster(checks, database);
    checkFreeSpaceForSnapshot(checks, cluster.tservers ?? []);
    await checkDatabase(checks, { database, tables, cluster });
    return {};
  },
});
