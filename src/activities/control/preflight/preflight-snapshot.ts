import { apiOf } from '../../../contract';
import { failWithFindings } from '../../application-failure';
import { checkCluster } from './check-cluster';
import { checkSnapshottable } from './check-database';
import { checkRoomForSnapshot } from './check-room';
import { checkStore } from './check-store';
import type { ControlDependencies } from '../dependencies';
import { Findings } from './findings';

/** May a snapshot of this database be taken and recorded? Everything that is wrong, in one message. */
export function makePreflightSnapshot(dependencies: ControlDependencies) {
  return async function preflightSnapshot({
    database,
    tables,
  }: {
    database: string;
    tables?: string[];
  }): Promise<void> {
    const findings = new Findings();
    const [cluster] = await Promise.all([
      checkCluster(dependencies.yugabyte(), findings, { sql: apiOf(database) === 'ysql' }),
      checkStore(dependencies, findings),
    ]);
    checkRoomForSnapshot(cluster.tservers ?? [], findings);
    await checkSnapshottable(dependencies, { database, tables, cluster }, findings);
    const failure = failWithFindings(`The snapshot of ${database}`, findings.list);
    if (failure) throw failure;
  };
}
