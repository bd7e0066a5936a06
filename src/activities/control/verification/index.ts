import type { ControlDependencies } from '../dependencies';
import { makeCheckObjects } from './check-objects';
import { makePlanRepair } from './plan-repair';
import { makePlanScrub } from './plan-scrub';
import { makePlanVerification } from './plan-verification';
import { makeRecordRepairs } from './record-repairs';
import { makeRecordScrub } from './record-scrub';
import { makeRecordVerification } from './record-verification';

/** Proofs that a backup is in the bucket as it was written. */
export function createVerificationActivities(dependencies: ControlDependencies) {
  return {
    planRepair: makePlanRepair(dependencies),
    planVerification: makePlanVerification(dependencies),
    checkObjects: makeCheckObjects(dependencies),
    planScrub: makePlanScrub(dependencies),
    recordRepairs: makeRecordRepairs(dependencies),
    recordScrub: makeRecordScrub(dependencies),
    recordVerification: makeRecordVerification(dependencies),
  };
}
