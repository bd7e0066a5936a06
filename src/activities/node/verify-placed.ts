import { cancellationSignal, sleep } from '@temporalio/activity';
import { findTablets, HttpFailed, type Yugabyte } from '../../yugabyte';
import { showProgress } from '../heartbeat-interceptor';
import type { Batch } from '../internal-types';
import { getWorkList } from '../../repository';
import { placeLine } from '../work-lines';
import type { NodeDependencies } from './dependencies';
import { confirmNode } from './confirm-node';
import { grouped } from '../../objects/grouped';
import { placedProblem } from './placed-files';
import { snapshotPlace } from './snapshot-files';

export interface VerifyPlacedInput {
  uuid: string;
  snapshotId: string;
  batches: Batch[];
}

export interface UnplacedReplica {
  tablet: string;
  problem: string;
}

/** More would only fill the history: one is enough to place again. */
const MAX_NAMED = 10;

/**
 * Compares names and sizes of everything placed on this node, once more just before `restore_snapshot`. What is not as
 * it was placed (a replica moved away, or its directory is not there yet) is returned: it is listed and placed again. A
 * replica that is not yet RUNNING is waited for. Faults 51, 52.
 */
export function makeVerifyPlaced(dependencies: NodeDependencies) {
  return async function verifyPlaced({ uuid, snapshotId, batches }: VerifyPlacedInput): Promise<UnplacedReplica[]> {
    confirmNode(dependencies, uuid);
    const { identity, repository } = dependencies;
    const homes = await findTablets(identity.dataDirs);
    const unplaced: UnplacedReplica[] = [];
    const placed: string[] = [];
    for (const { work } of batches) {
      for (const [tablet, lines] of grouped(await getWorkList(repository, work, placeLine), ({ tablet }) => tablet)) {
        const home = homes.get(tablet);
        const problem = home
          ? await placedProblem(snapshotPlace(home, tablet, snapshotId), lines)
          : 'it has no snapshot directory there';
        if (problem === undefined) placed.push(tablet);
        else unplaced.push({ tablet, problem });
        if (unplaced.length === MAX_NAMED) return unplaced;
      }
    }
    return unplaced.length > 0 ? unplaced : await notRunning(dependencies, placed);
  };
}

/**
 * Waits until the tserver itself reports these replicas RUNNING; new tablets may take a while (#13030, #13031). Returns
 * those that are not RUNNING after half of the time of one attempt.
 */
async function notRunning(
  { identity, timing, yugabyte }: NodeDependencies,
  placed: readonly string[],
): Promise<UnplacedReplica[]> {
  const giveUpAt = Date.now() + timing.commandTimeout / 2;
  for (;;) {
    const states = await statesOnTserver(yugabyte(), identity.http);
    if (states === undefined) return []; // whether a tserver that does not answer is ALIVE is checked next
    const starting = placed.filter((tablet) => states.get(tablet) !== 'RUNNING');
    if (starting.length === 0) return [];
    if (Date.now() > giveUpAt)
      return starting.slice(0, MAX_NAMED).map((tablet) => ({
        tablet,
        problem: `its replica is ${states.get(tablet) ?? 'not listed by its tserver'}`,
      }));
    showProgress({ waitingFor: `${starting.length} replicas that are not RUNNING yet` });
    await sleep(timing.pollInterval);
  }
}

async function statesOnTserver(cluster: Yugabyte, http: string): Promise<Map<string, string> | undefined> {
  try {
    const tablets = await cluster.http.tserverTablets(http, cancellationSignal());
    return new Map(tablets.map(({ id, state }) => [id, state]));
  } catch (error) {
    if (error instanceof HttpFailed) return undefined;
    throw error;
  }
}
