import type { KalpaClient } from '../../client';
import type { ResolvedConfig } from '../../config';
import { clusterQueue, searchAttributes } from '../../contract';
import { ok, problem, reason, warning, type Check } from './check';
import { countPollers } from './pollers';

/** Histories are the audit trail; the dev server keeps them one day unless told otherwise. */
const SHORT_RETENTION_DAYS = 7;

/** Namespace, retention, the control worker's queue, search attributes. */
export async function temporalChecks(client: KalpaClient, { config }: ResolvedConfig): Promise<Check[]> {
  return [await namespaceCheck(client), await queueCheck(client, config.cluster), await searchAttributesCheck(client)];
}

async function namespaceCheck({ temporal }: KalpaClient): Promise<Check> {
  const { namespace } = temporal.options;
  try {
    const described = await temporal.workflowService.describeNamespace({ namespace });
    const days = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
    return days > 0 && days < SHORT_RETENTION_DAYS
      ? warning(
          'Temporal namespace',
          `"${namespace}" forgets histories after ${Number(days.toFixed(1))} days`,
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

async function queueCheck(client: KalpaClient, cluster: string): Promise<Check> {
  const queue = clusterQueue(cluster);
  try {
    const pollers = await countPollers(client.temporal, queue, 'workflow');
    return pollers > 0
      ? ok('control worker', `${pollers} on ${queue}`)
      : problem(
          'control worker',
          `none polls ${queue}: runs would wait for ever`,
          'start one: kalpa worker control --config <kalpa.yaml>',
        );
  } catch (error) {
    return problem(
      'control worker',
      `the queue ${queue} can't be read: ${reason(error)}`,
      'check the permissions of these Temporal credentials',
    );
  }
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
          `missing: ${missing.map(([name]) => name).join(', ')}; runs do without them`,
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
