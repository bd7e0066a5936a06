import type { RunLimits } from '../internal-types';
import type { NodeDependencies } from './dependencies';
import { confirmNode } from './confirm-node';

export interface SetRunLimitsInput {
  uuid: string;
  runKey: string;
  limits: RunLimits;
}

/** Sets new limits for a run's running copies on this node. */
export function makeSetRunLimits(dependencies: NodeDependencies) {
  return async function setRunLimits({ uuid, runKey, limits }: SetRunLimitsInput): Promise<void> {
    confirmNode(dependencies, uuid);
    await Promise.resolve(dependencies.copies.change(runKey, limits));
  };
}
