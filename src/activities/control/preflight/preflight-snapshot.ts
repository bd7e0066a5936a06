import { apiOf } from '../../../contract';
import { checkCluster } from './check-cluster';
import { checkSnapshottable } from './check-database';
import { checkRoomForSnapshot } from './check-room';
import { definePreflight } from './define-preflight';

export interface PreflightSnapshotInput {
  database: string;
  tables?: string[];
}

/** May a snapshot of this database be taken? Everything that is wrong, in one message. The store is not needed: its record is written if it is there. */
export const makePreflightSnapshot = definePreflight<PreflightSnapshotInput, object>({
  subject: ({ database }) => `The snapshot of ${database}`,
  ask: async (checks, { database, tables }) => {
    const cluster = await checkCluster(checks, { sql: apiOf(database) === 'ysql' });
    checkRoomForSnapshot(checks, cluster.tservers ?? []);
    await checkSnapshottable(checks, { database, tables, cluster });
    return {};
  },
});
