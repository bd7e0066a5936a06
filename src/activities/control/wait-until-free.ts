import { sleep } from '@temporalio/activity';
import { showProgress } from '../activity-signs';
import type { ControlDependencies } from './dependencies';
import { describeRun } from './guardian-state';

export interface WaitUntilFreeInput {
  guardianId: string;
  /** Returns after so long even if it is still held; the workflow decides. */
  atMostMs?: number;
}

/** Waits, green, until nobody holds a lock. Being free is no claim: the caller tries to take it. */
export function makeWaitUntilFree(dependencies: ControlDependencies) {
  return async function waitUntilFree({ guardianId, atMostMs }: WaitUntilFreeInput): Promise<void> {
    const until = atMostMs === undefined ? Infinity : Date.now() + atMostMs;
    while (Date.now() < until) {
      const found = await describeRun(dependencies, guardianId);
      if (found?.status.name !== 'RUNNING') return;
      showProgress({ waitingFor: guardianId, heldSince: found.startTime.toISOString() });
      await sleep(Math.min(dependencies.timing.lockPollInterval, Math.max(1, until - Date.now())));
    }
  };
}
