import { ApplicationFailure } from '@temporalio/common';
import { activityInfo } from '@temporalio/activity';
import { isRepositoryError } from '../repository';
import { isStoreError } from '../transfer';
import { InsecureConnection, QueryFailed, ToolFailed } from '../yugabyte';

const marked = new WeakSet<object>();

/** Whether this failure proves that its step made nothing. */
export const madeNothing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && marked.has(error);

/**
 * Runs the command that makes something. `once`: one command, all or nothing; if one of several is refused, that proves
 * nothing.
 */
export type Making = <R>(run: () => Promise<R>, how?: 'once' | 'inSteps') => Promise<R>;

/**
 * A step that makes something with commands, run through a wrapper given to `step`. Its failure says so when it proves
 * that nothing was made: no command was ever run, or each was refused, in the first attempt (an earlier attempt may
 * have acted). Its undo is dropped then, and the workflow itself retries (`notedStep`), so that a cancel in between
 * finds nothing to undo.
 */
export async function makingByCommand<T>(
  step: (command: Making) => Promise<T>,
  attempt = activityInfo().attempt,
): Promise<T> {
  let unknown = attempt > 1 ? 1 : 0;
  const command: Making = async (run, how = 'once') => {
    unknown += 1;
    try {
      return await run();
    } catch (error) {
      if (how === 'once' && refuses(error)) unknown -= 1;
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

/** Whether the error proves that nothing was done. */
function refuses(error: unknown): boolean {
  if (error instanceof ToolFailed || error instanceof QueryFailed) return error.outcome === 'refused';
  if (error instanceof InsecureConnection) return true;
  if (error instanceof ApplicationFailure) return error.type === 'AlreadyExists';
  if (isRepositoryError(error)) return error.kind === 'AlreadyExists';
  return isStoreError(error, 'denied', 'invalid');
}
