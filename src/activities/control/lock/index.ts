import type { ControlDependencies } from '../dependencies';
import { makeFindGuardian } from './find-guardian';
import { makeRecordBrokenOff } from './record-broken-off';
import { makeWaitForGuardianEnd } from './wait-for-guardian-end';
import { makeWaitUntilFree } from './wait-until-free';
import { makeWatchOwner } from './watch-owner';

/** Activities of the lock of a database, and its guardians. */
export function createLockActivities(dependencies: ControlDependencies) {
  return {
    findGuardian: makeFindGuardian(dependencies),
    recordBrokenOff: makeRecordBrokenOff(dependencies),
    waitForGuardianEnd: makeWaitForGuardianEnd(dependencies),
    waitUntilFree: makeWaitUntilFree(dependencies),
    watchOwner: makeWatchOwner(dependencies),
  };
}
