import type { Client } from '@temporalio/client';
import { nodeControlQueue, nodeQueue } from '../../contract';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, warning, type Check } from './check';
import { countPollers } from './pollers';

/** Masters, tservers, the YSQL role, and a node worker beside each tserver. `temporal` is absent when it can't be reached. */
export async function clusterChecks(
  cluster: ClusterView,
  name: string,
  temporal: Client | undefined,
): Promise<Check[]> {
  const masters = await mastersCheck(cluster);
  const { check: tservers, alive } = await tserversCheck(cluster);
  const workers = temporal ? await Promise.all(alive.map((address) => nodeWorkerCheck(temporal, name, address))) : [];
  return [masters, tservers, await roleCheck(cluster), ...workers];
}

async function mastersCheck(cluster: ClusterView): Promise<Check> {
  const cure = 'correct `masters` in kalpa.yaml, check the network and tls.certsDir';
  try {
    const masters = await cluster.masters();
    const dead = masters.filter(({ alive }) => !alive).map(({ address }) => address);
    const leader = masters.find(({ role }) => role === 'LEADER');
    if (!leader) return problem('masters', `none of ${masters.length} leads`, cure);
    return dead.length > 0
      ? warning(
          'masters',
          `${dead.join(', ')} not alive, ${leader.address} leads`,
          'start them: losing another one stops the cluster',
        )
      : ok('masters', `${masters.length} alive, ${leader.address} leads`);
  } catch (error) {
    return problem('masters', `no answer: ${reason(error)}`, cure);
  }
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
      check: problem('tservers', `can't be listed: ${reason(error)}`, 'see the line of the masters'),
      alive: [],
    };
  }
}

async function roleCheck(cluster: ClusterView): Promise<Check> {
  try {
    const { role, superuser } = await cluster.ysqlRole();
    return superuser
      ? ok('YSQL', `${role} is a superuser`)
      : problem(
          'YSQL',
          `${role} is no superuser: it can't dump or restore every object`,
          `ALTER ROLE "${role}" SUPERUSER, or another ysql.user`,
        );
  } catch (error) {
    return problem('YSQL', reason(error), 'correct `ysql` in kalpa.yaml: host, port, user, passwordFile, sslmode');
  }
}

async function nodeWorkerCheck(temporal: Client, cluster: string, address: string): Promise<Check> {
  const area = `node worker ${address}`;
  try {
    const queues = [nodeQueue(cluster, address), nodeControlQueue(cluster, address)];
    const pollers = await Promise.all(queues.map((queue) => countPollers(temporal, queue, 'activity')));
    const unpolled = queues.filter((_, index) => pollers[index] === 0);
    return unpolled.length === 0
      ? ok(area, 'polls both of its queues')
      : problem(
          area,
          `none polls ${unpolled.join(' or ')}`,
          `start one beside that tserver: kalpa worker node (node.address: ${address})`,
        );
  } catch (error) {
    return problem(
      area,
      `its queues can't be read: ${reason(error)}`,
      'check the permissions of these Temporal credentials',
    );
  }
}
