import { sleep } from '@temporalio/activity';
import type { ControlDependencies } from '../dependencies';
import { describeRun } from './guardian-state';

export interface WaitForGuardianEndInput {
  guardianId: string;
  runId: string;
}

/** What a guardian undid. */
export interface GuardianEnd {
  undone: string[];
  /** What it could not undo. */
  leftovers: string[];
}

const FIRST_POLL_MS = 50;

/** Waits until a guardian has ended. An activity, because child events don't survive a reset of the owner. */
export function makeWaitForGuardianEnd(dependencies: ControlDependencies) {
  return async function waitForGuardianEnd({ guardianId, runId }: WaitForGuardianEndInput): Promise<GuardianEnd> {
    for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 2, dependencies.timing.lockPollInterval)) {
      const found = await describeRun(dependencies, guardianId, runId);
      if (found?.status.name !== 'RUNNING') dependencies.lines.nudge(guardianId);
      if (!found) return { undone: [], leftovers: [] };
      if (found.status.name === 'COMPLETED') {
        const result = (await dependencies.client.workflow.getHandle(guardianId, runId).result()) as GuardianEnd;
        return { undone: result.undone, leftovers: result.leftovers };
      }
      if (found.status.name !== 'RUNNING') {
        return {
          undone: [],
          leftovers: [
            `the guardian ${guardianId} ended as ${found.status.name}; its page shows what it would have undone`,
          ],
        };
      }
      await sleep(pauseMs);
    }
  };
}
