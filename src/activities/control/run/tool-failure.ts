import { ApplicationFailure } from '@temporalio/common';
import { isRefusal, ToolFailed } from '../../../yugabyte';

/**
 * When a tool or server itself says that repeating won't help, the step is not run again: a dump of hours would fail at
 * the same place.
 */
export async function finalIfNotTransient<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const byTool = error instanceof ToolFailed && !error.transient && !error.cancelled;
    if (!byTool && !isRefusal(error)) throw error;
    throw ApplicationFailure.create({ type: 'ToolFailed', message: error.message, nonRetryable: true, cause: error });
  }
}
