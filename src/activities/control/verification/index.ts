import type { ControlDependencies } from '../dependencies';
import { makeCheckObjects } from './check-objects';
import { makePlanVerification } from './plan-verification';
import { makeRecordVerification } from './record-verification';

/** What proves that a backup stands in the bucket as it was written. */
export function createVerificationActivities(dependencies: ControlDependencies) {
  return {
    planVerification: makePlanVerification(dependencies),
    checkObjects: makeCheckObjects(dependencies),
    recordVerification: makeRecordVerification(dependencies),
  };
}
