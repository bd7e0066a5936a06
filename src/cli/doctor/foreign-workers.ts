import type { KalpaClient } from '../../client';
import { clusterQueue, universeOfIdentity } from '../../contract';
import { CommandError } from '../core/command-error';
import { EXIT } from '../core/exit-codes';
import { reason } from './check';
import { listPollers, type Poller } from './pollers';

/** Asks the configured masters for their universe id; undefined if they do not report it. */
export type Universe = () => Promise<string | undefined>;

/** The current pollers that are control workers of another universe. */
export function foreignPollers(pollers: readonly Poller[], ours: string | undefined): Poller[] {
  if (ours === undefined) return [];
  return pollers.filter(({ alive, identity }) => alive && (universeOfIdentity(identity) ?? ours) !== ours);
}

const namesOf = (pollers: readonly Poller[]): string => pollers.map(({ identity }) => identity).join(', ');

export function foreignText(
  foreign: readonly Poller[],
  ours: string | undefined,
  by = 'the masters of this configuration are',
): string {
  return `${namesOf(foreign)} ${foreign.length === 1 ? 'works' : 'work'} for another cluster: ${by} of universe ${ours ?? 'unknown'}`;
}

export interface ForeignWorkerCheck {
  cluster: string;
  /** Where Temporal is, for messages. */
  where: string;
  /** Asks the masters. */
  universe: Universe;
  /**
   * The universe recorded in the repository under this cluster's name: known even if the masters can't be reached from
   * here.
   */
  recorded: Universe;
  /** Reports what could not be compared. */
  remark: (text: string) => void;
}

/** Throws if a control worker that would take our runs works for another cluster of the same name. */
export async function refuseForeignWorkers(client: KalpaClient, compared: ForeignWorkerCheck): Promise<void> {
  const { cluster, where, remark } = compared;
  const queue = clusterQueue(cluster);
  const pollers = await listPollers(client.temporal, queue, 'workflow').catch((): Poller[] => []);
  const alive = pollers.filter((poller) => poller.alive);
  const silent = alive.filter(({ identity }) => universeOfIdentity(identity) === undefined);
  if (silent.length > 0)
    remark(
      `Not checked whether ${namesOf(silent)} on ${queue} works for this cluster: it could not ask its masters when it started. Restart it while they answer.`,
    );
  if (alive.length === silent.length) return;
  const { ours, by, why } = await knownUniverse(compared);
  if (ours === undefined) {
    remark(
      `Not checked whether ${namesOf(alive)} on ${queue} works for this cluster: ${why}. kalpa doctor checks each of them.`,
    );
    return;
  }
  const foreign = foreignPollers(alive, ours);
  if (foreign.length === 0) return;
  throw new CommandError(
    'ForeignWorker',
    `Nothing was started: on ${queue} of the Temporal at ${where}, ${foreignText(foreign, ours, by)}. Set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE to the Temporal of this cluster; kalpa doctor prints which one is used.`,
    EXIT.refused,
  );
}

interface Known {
  ours?: string;
  by?: string;
  /** Why it is unknown. */
  why: string;
}

/** A person's own machine may not reach the masters; the configured repository also knows the universe. */
async function knownUniverse({ cluster, universe, recorded }: ForeignWorkerCheck): Promise<Known> {
  const masters = await answerOf(universe);
  if (masters.answer !== undefined)
    return { ours: masters.answer, by: 'the masters of this configuration are', why: '' };
  const read = await answerOf(recorded);
  if (read.answer !== undefined) return { ours: read.answer, by: `cluster ${cluster} of this repository is`, why: '' };
  return {
    why: `the masters did not report their universe (${masters.why}), and the repository has none on record for ${cluster} (${read.why})`,
  };
}

async function answerOf(question: Universe): Promise<{ answer: string | undefined; why: string }> {
  try {
    return { answer: await question(), why: 'nothing is told' };
  } catch (error) {
    return { answer: undefined, why: reason(error) };
  }
}
