import type { ControlDependencies } from '../dependencies';
import { makeChangeHold } from './change-hold';
import { makePlanRetention } from './plan-retention';

/** Retention without the right to delete. */
export function createRetentionActivities(dependencies: ControlDependencies) {
  return { planRetention: makePlanRetention(dependencies), changeHold: makeChangeHold(dependencies) };
}
