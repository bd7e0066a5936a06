import type { KalpaClient } from '../../client';
import { clusterQueue, universeOfIdentity } from '../../contract';
import { CommandError } from '../core/command-error';
import { EXIT } from '../core/exit-codes';
import { listPollers, type Poller } from './pollers';

/** Asks the masters of the configuration for their universe; undefined where they tell none. */
export type Universe = () => Promise<string | undefined>;

/** Of those that poll now, the control workers of another universe. */
export function foreignAmong(pollers: readonly Poller[], ours: string | undefined): Poller[] {
  if (ours === undefined) return [];
  return pollers.filter(({ alive, identity }) => alive && (universeOfIdentity(identity) ?? ours) !== ours);
}

export function foreignText(foreign: readonly Poller[], ours: string | undefined): string {
  const names = foreign.map(({ identity }) => identity).join(', ');
  return `${names} ${foreign.length === 1 ? 'works' : 'work'} for another cluster: the masters of this configuration are of universe ${ours ?? 'unknown'}`;
}

/**
 * Throws where a control worker that would take our runs works for another cluster of the same name. Masters that can't be reached from here
 * (a person's own machine may not) leave that question to the doctor.
 */
export async function refuseForeignWorkers(
  client: KalpaClient,
  { cluster, where, universe }: { cluster: string; where: string; universe: Universe },
): Promise<void> {
  const queue = clusterQueue(cluster);
  const pollers = await listPollers(client.temporal, queue, 'workflow').catch((): Poller[] => []);
  if (!pollers.some(({ alive, identity }) => alive && universeOfIdentity(identity) !== undefined)) return;
  const ours = await universe().catch(() => undefined);
  const foreign = foreignAmong(pollers, ours);
  if (foreign.length === 0) return;
  throw new CommandError(
    'ForeignWorker',
    `Nothing was started: on ${queue} of the Temporal at ${where}, ${foreignText(foreign, ours)}. Set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE to the Temporal of this cluster; kalpa doctor prints which one is used.`,
    EXIT.refused,
  );
}
