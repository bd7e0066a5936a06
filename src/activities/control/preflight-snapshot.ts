import { failWithFindings } from '../application-failure';
import { checkCluster } from './check-cluster';
import { checkDatabase, checkTables } from './check-database';
import { checkStore } from './check-store';
import type { ControlDependencies } from './dependencies';
import { Findings } from './findings';

/** May a snapshot of this database be taken and recorded? Everything that is wrong, in one message. */
export function makePreflightSnapshot(dependencies: ControlDependencies) {
  return async function preflightSnapshot({ database }: { database: string }): Promise<void> {
    const findings = new Findings();
    const [cluster] = await Promise.all([
      checkCluster(dependencies.yugabyte(), findings),
      checkStore(dependencies, findings),
    ]);
    if (cluster.sql && (await checkDatabase(dependencies, database, findings)))
      await checkTables(dependencies, database, findings);
    const failure = failWithFindings(`The snapshot of ${database}`, findings.list);
    if (failure) throw failure;
  };
}
