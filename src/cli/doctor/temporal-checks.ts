import type { KalpaClient } from '../../client';
import type { ResolvedConfig } from '../../config';
import {
  clusterQueue,
  searchAttributes,
  stepsQueue,
  streamsQueue,
  universeOfIdentity,
  waitsQueue,
} from '../../contract';
import { ok, problem, reason, warning, type Check } from './check';
import { listPollers } from './pollers';
import { foreignPollers, foreignText, type Universe } from './foreign-workers';

/** Histories are part of the audit trail; the dev server keeps them for one day unless configured otherwise. */
const SHORT_RETENTION_DAYS = 7;

/** Namespace, retention, the control worker's queue, search attributes. */
export async function temporalChecks(
  client: KalpaClient,
  { config }: ResolvedConfig,
  universe: Universe,
): Promise<Check[]> {
  return [
    await namespaceCheck(client),
    await queueCheck(client, config.cluster, universe),
    await searchAttributesCheck(client),
  ];
}

async function namespaceCheck({ temporal }: KalpaClient): Promise<Check> {
  const { namespace } = temporal.options;
  try {
    const described = await temporal.workflowService.describeNamespace({ namespace });
    const days = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
    return days > 0 && days < SHORT_RETENTION_DAYS
      ? warning(
          'Temporal namespace',
          `"${namespace}" deletes histories after ${Number(days.toFixed(1))} days`,
          `temporal operator namespace update --namespace ${namespace} --retention 2160h`,
        )
      : ok('Temporal namespace', `"${namespace}" keeps histories ${Math.round(days)} days`);
  } catch (error) {
    return problem(
      'Temporal namespace',
      `"${namespace}" can't be read: ${reason(error)}`,
      `create it (temporal operator namespace create --namespace ${namespace} --retention 2160h) or correct TEMPORAL_NAMESPACE`,
    );
  }
}

async function queueCheck(client: KalpaClient, cluster: string, universe: Universe): Promise<Check> {
  const queue = clusterQueue(cluster);
  const area = 'control worker';
  try {
    const pollers = await listPollers(client.temporal, queue, 'workflow');
    if (pollers.length === 0)
      return problem(
        area,
        `no worker polls ${queue}: runs would wait for ever`,
        'start one: kalpa worker control --config <kalpa.yaml>',
      );
    const ours = await universe().catch(() => undefined);
    const foreign = foreignPollers(pollers, ours);
    if (foreign.length > 0)
      return problem(
        area,
        foreignText(foreign, ours),
        'correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, or the cluster’s name',
      );
    const silent = pollers.filter(({ alive, identity }) => alive && universeOfIdentity(identity) === undefined);
    if (ours !== undefined && silent.length > 0)
      return warning(
        area,
        `${silent.map(({ identity }) => identity).join(', ')} on ${queue} does not report its universe, so it may belong to another cluster`,
        'restart it while the masters answer',
      );
    const unserved = await unservedQueues(client, cluster);
    if (unserved.length > 0)
      return problem(
        area,
        `no worker polls ${unserved.map(({ queue: one, stops }) => `${one} (${stops} would wait for ever)`).join(', ')}`,
        `restart the control worker, and upgrade it if it is older than this kalpa: one of this release polls each of its queues`,
      );
    return ok(area, `${pollers.length} on ${queue}${ours === undefined ? '' : `, of universe ${ours}`}`);
  } catch (error) {
    return problem(
      area,
      `the queue ${queue} can't be read: ${reason(error)}`,
      'check the permissions of these Temporal credentials',
    );
  }
}

/** Queues with activities only, and what stops if no worker polls them. */
async function unservedQueues({ temporal }: KalpaClient, cluster: string): Promise<{ queue: string; stops: string }[]> {
  const queues = [
    { queue: clusterQueue(cluster), stops: 'every step' },
    { queue: waitsQueue(cluster), stops: 'queued runs, guardians and restorations' },
    { queue: stepsQueue(cluster), stops: 'dumps of schemas, imports and manifests' },
    { queue: streamsQueue(cluster), stops: 'logical dumps and loads' },
  ];
  const polled = await Promise.all(queues.map(async ({ queue }) => await listPollers(temporal, queue, 'activity')));
  return queues.filter((_, i) => polled[i]?.length === 0);
}

async function searchAttributesCheck({ temporal }: KalpaClient): Promise<Check> {
  const area = 'search attributes';
  const names = Object.entries(searchAttributes);
  try {
    const { customAttributes } = await temporal.connection.operatorService.listSearchAttributes({
      namespace: temporal.options.namespace,
    });
    const missing = names.filter(([name]) => !Object.hasOwn(customAttributes, name));
    return missing.length === 0
      ? ok(area, `all ${names.length} are registered`)
      : warning(
          area,
          `missing: ${missing.map(([name]) => name).join(', ')}; runs work without them`,
          `start a control worker, or: temporal operator search-attribute create ${missing.map(([name, type]) => `--name ${name} --type ${type[0]}${type.slice(1).toLowerCase()}`).join(' ')}`,
        );
  } catch (error) {
    return warning(
      area,
      `can't be listed: ${reason(error)}`,
      'nothing, if the control worker says that they are registered',
    );
  }
}
