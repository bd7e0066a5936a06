import type { CopyCounters } from '../shapes';
import type { NodeDependencies } from './dependencies';
import { confirmNode } from './own-node';

/** Counters of a run's running batches on this node: a workflow can't see heartbeats. */
export function makeCopyProgress(dependencies: NodeDependencies) {
  return async function copyProgress({ uuid, runKey }: { uuid: string; runKey: string }): Promise<CopyCounters> {
    confirmNode(dependencies, uuid);
    return await Promise.resolve(dependencies.copies.progress(runKey));
  };
}
