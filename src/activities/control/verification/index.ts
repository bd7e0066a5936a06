import type { ControlDependencies } from '../dependencies';
import { makeCheckObjects } from './check-objects';
import { makePlanScrub } from './plan-scrub';
import { makePlanVerification } from './plan-verification';
import { makeRecordScrub } from './record-scrub';
import { makeRecordVerification } from './record-verification';

/** What proves that a backup stands in the bucket as it was written. */
export function createVerificationActivities(dependencies: ControlDependencies) {
  return {
    planVerification: makePlanVerification(dependencies),
    checkObjects: makeCheckObjects(dependencies),
    planScrub: makePlanScrub(dependencies),
    recordScrub: makeRecordScrub(dependencies),
    recordVerification: makeRecordVerification(dependencies),
  };
}
