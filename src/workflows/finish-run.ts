import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { OwnerEnd } from '../contract';
import { asRunFailure, reasonOf } from './failure';
import type { HeldGuardian } from './guarded';
import type { RunProgress } from './progress';

interface Finishable {
  guardian: HeldGuardian;
  progress: RunProgress;
  warnings: string[];
}

/**
 * Runs the procedure and then, on every path, lets the guardian undo what was noted. A failing clean-up after the
 * success is a warning in the result; before it, the first error wins.
 */
export async function finishRun<R extends object>(
  run: Finishable,
  procedure: () => Promise<R>,
): Promise<R & { warnings?: string[] }> {
  let end: OwnerEnd = 'failed';
  try {
    const result = await procedure();
    end = 'complete';
    run.progress.enter('cleanup');
    const leftovers = await run.guardian.close(end);
    run.warnings.push(...leftovers.map((leftover) => `Left behind: ${leftover}`));
    run.progress.finish('');
    return run.warnings.length === 0 ? result : { ...result, warnings: run.warnings };
  } catch (error) {
    end = isCancellation(error) ? 'cancelled' : 'failed';
    run.progress.fail(end === 'cancelled' ? 'Cancelled.' : reasonOf(error));
    const leftovers = await CancellationScope.nonCancellable(() => run.guardian.close(end));
    if (leftovers.length > 0) run.progress.fail(`${reasonOf(error)} Left behind: ${leftovers.join('; ')}`);
    throw asRunFailure(error, 'A part of the cluster');
  }
}
