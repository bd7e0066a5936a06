import type { Client } from '@temporalio/client';
import { nodeControlQueue, nodeQueue } from '../../contract';
import type { KalpaConfig } from '../../config';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, warning, type Check } from './check';
import { mastersCheck } from './masters-check';
import { nodeCheck } from './node-check';
import { roleCheck } from './role-check';
import { ycqlCheck } from './ycql-check';
import { listPollers } from './pollers';

/**
 * Masters, tservers, the YSQL role, YCQL, this machine's node, and a node worker beside each tserver. `temporal` is
 * absent if it can't be reached.
 */
export async function clusterChecks(
  cluster: ClusterView,
  config: KalpaConfig,
  temporal: Client | undefined,
): Promise<Check[]> {
  const masters = await mastersCheck(cluster, config);
  const { check: tservers, alive } = await tserversCheck(cluster);
  const [role, ycql, node, schedules] = await Promise.all([
    roleCheck(cluster, config),
    ycqlCheck(cluster, config),
    nodeCheck(cluster, config),
    scheduleChecks(cluster),
  ]);
  const workers = temporal
    ? await Promise.all(alive.map((address) => nodeWorkerCheck(temporal, config.cluster, address)))
    : [];
  return [masters, tservers, role, ...ycql, ...node, ...schedules, ...workers];
}

async function tserversCheck(cluster: ClusterView): Promise<{ check: Check; alive: string[] }> {
  try {
    const tservers = await cluster.tservers();
    const alive = tservers.filter((tserver) => tserver.alive).map(({ address }) => address);
    const dead = tservers.filter((tserver) => !tserver.alive).map(({ address }) => address);
    const check =
      alive.length === 0
        ? problem('tservers', `none of ${tservers.length} is alive`, 'start them')
        : dead.length > 0
          ? warning(
              'tservers',
              `${dead.join(', ')} not alive; a restore needs every replica`,
              'start them, or remove them from the cluster',
            )
          : ok('tservers', `${alive.length} alive`);
    return { check, alive };
  } catch (error) {
    return {
      check: problem('tservers', `can't be listed: ${reason(error)}`, 'see the result for the masters'),
      alive: [],
    };
  }
}

async function nodeWorkerCheck(temporal: Client, cluster: string, address: string): Promise<Check> {
  const area = `node worker ${address}`;
  try {
    const queues = [nodeQueue(cluster, address), nodeControlQueue(cluster, address)];
    const pollers = await Promise.all(queues.map((queue) => listPollers(temporal, queue, 'activity')));
    const unpolled = queues.filter((_, index) => pollers[index]?.length === 0);
    if (unpolled.length > 0)
      return problem(
        area,
        `none polls ${unpolled.join(' or ')}`,
        `start one beside that tserver: kalpa worker node (node.address: ${address}); if it runs, kalpa doctor with its kalpa.yaml says why it takes no work`,
      );
    const alive = [...new Set(pollers.flat().flatMap(({ alive, identity }) => (alive ? [identity] : [])))];
    return alive.length > 1
      ? problem(
          area,
          `${alive.length} poll its queues (${alive.join(', ')}), but each would wait for the other`,
          'stop all but one; one that stopped within the last minute is still counted',
        )
      : ok(area, 'one polls both of its queues');
  } catch (error) {
    return problem(
      area,
      `its queues can't be read: ${reason(error)}`,
      'check the permissions of these Temporal credentials',
    );
  }
}

/**
 * One result for each snapshot schedule whose database was dropped; none if there are none or the masters can't be
 * asked, which their own check reports.
 */
export async function scheduleChecks(cluster: ClusterView): Promise<Check[]> {
  const orphaned = await cluster.orphanedSchedules().catch(() => []);
  return orphaned.map(({ scheduleId, database }) =>
    warning(
      'snapshot schedules',
      `${scheduleId} belongs to the dropped database ${database}: it protects nothing, and its snapshots occupy disk space`,
      `yb-admin delete_snapshot_schedule ${scheduleId}`,
    ),
  );
}

/** The leading master's web page answers; runs read flags, disk space and tablets from it. */
export async function webCheck(cluster: ClusterView, { http }: Pick<KalpaConfig, 'http'>): Promise<Check> {
  try {
    return ok('web pages', `the leading master runs ${await cluster.release()}`);
  } catch (error) {
    return problem(
      'web pages',
      reason(error),
      http.masters
        ? 'correct http.masters in kalpa.yaml, http.tls and http.rootCert'
        : 'set http.masters in kalpa.yaml to the web addresses of the masters (default: port 7000 of their hosts), or set http.tls: https is used if there is a section tls',
    );
  }
}
