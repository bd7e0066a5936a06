import type { ControlDependencies } from '../dependencies';
import { makeCarrySequences } from './carry-sequences';
import { makeDeleteSnapshotSchedule, makeEditSnapshotSchedule } from './change-snapshot-schedule';
import { makeCompareClocks } from './compare-clocks';
import { makeCreateSnapshotSchedule } from './create-snapshot-schedule';
import { makeEndSessions } from './end-sessions';
import { makeLookAfterRecovery } from './look-after-recovery';
import { makePreflightCopy } from './preflight-copy';
import { makePreflightRecovery } from './preflight-recovery';
import { makePreflightSchedule } from './preflight-schedule';
import { makeReadLoadBalancer, makeSetLoadBalancer } from './load-balancer';
import { makeRecordPointInTime } from './record-point-in-time';
import { makeRewindDatabase } from './rewind-database';
import { makeStartClone, makeWaitForClone } from './start-clone';
import { makeWaitForFirstSnapshot } from './wait-for-first-snapshot';

export function createPitrActivities(dependencies: ControlDependencies) {
  return {
    carrySequences: makeCarrySequences(dependencies),
    compareClocks: makeCompareClocks(dependencies),
    createSnapshotSchedule: makeCreateSnapshotSchedule(dependencies),
    deleteSnapshotSchedule: makeDeleteSnapshotSchedule(dependencies),
    editSnapshotSchedule: makeEditSnapshotSchedule(dependencies),
    endSessions: makeEndSessions(dependencies),
    lookAfterRecovery: makeLookAfterRecovery(dependencies),
    preflightCopy: makePreflightCopy(dependencies),
    preflightRecovery: makePreflightRecovery(dependencies),
    preflightSchedule: makePreflightSchedule(dependencies),
    readLoadBalancer: makeReadLoadBalancer(dependencies),
    recordPointInTime: makeRecordPointInTime(dependencies),
    rewindDatabase: makeRewindDatabase(dependencies),
    setLoadBalancer: makeSetLoadBalancer(dependencies),
    startClone: makeStartClone(dependencies),
    waitForClone: makeWaitForClone(dependencies),
    waitForFirstSnapshot: makeWaitForFirstSnapshot(dependencies),
  };
}
