import { activityInfo } from '@temporalio/activity';
import { ToolFailed } from '../yugabyte';

const marked = new WeakSet<object>();

/** Whether this failure proves that its step made nothing. */
export const madeNothing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && marked.has(error);

/**
 * A step that makes something by one command, given to `step` as a wrapper. Its failure says so where it proves that nothing was made: the command
 * was never run, or refused each time, in the first attempt (an earlier attempt may have acted). Its undo can be let go then.
 */
export async function makingByCommand<T>(
  step: (command: <R>(run: () => Promise<R>) => Promise<R>) => Promise<T>,
  attempt = activityInfo().attempt,
): Promise<T> {
  let unknown = attempt > 1 ? 1 : 0;
  const command = async <R>(run: () => Promise<R>): Promise<R> => {
    unknown += 1;
    try {
      return await run();
    } catch (error) {
      if (error instanceof ToolFailed && error.outcome === 'refused') unknown -= 1;
      throw error;
    }
  };
  try {
    return await step(command);
  } catch (error) {
    if (unknown === 0 && typeof error === 'object' && error !== null) marked.add(error);
    throw error;
  }
}
