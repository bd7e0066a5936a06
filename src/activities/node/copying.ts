import { cancellationSignal } from '@temporalio/activity';
import type { ClusterStore } from '../../repository';
import { stoppable, type TransferLimits } from '../../transfer';
import { findTablets, type TabletHome } from '../../yugabyte';
import type { RunLimits } from '../internal-types';
import type { NodeDependencies } from './dependencies';
import { confirmNode } from './confirm-node';
import { transferSignal } from './transfer-signal';
import { waitingRepository } from './waiting-repository';

/** What an activity that moves files of this node begins with. */
export interface Copying {
  repository: ClusterStore;
  limits: TransferLimits;
  /** Where the tablets are on this node's disks, by tablet. */
  homes: Map<string, TabletHome>;
  /** Aborted by the activity's cancellation and by `failed`: concurrent work stops with the first failure. */
  signal: AbortSignal;
  failed: AbortController;
}

/** Moves files of this node: under the limits of their run, and counted as one of its copies until the work ends. */
export async function copying<T>(
  dependencies: NodeDependencies,
  { uuid, runKey, limits }: { uuid: string; runKey: string; limits: RunLimits },
  work: (copying: Copying) => Promise<T>,
): Promise<T> {
  confirmNode(dependencies, uuid);
  const { copies, identity } = dependencies;
  const common = {
    ...stoppable(transferSignal(cancellationSignal())),
    repository: waitingRepository(dependencies),
    limits: copies.limitsOf(runKey, limits),
  };
  const end = copies.begin(runKey);
  try {
    return await work({ ...common, homes: await findTablets(identity.dataDirs) });
  } finally {
    end();
  }
}
