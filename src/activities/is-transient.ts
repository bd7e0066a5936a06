import { isStoreError } from '../transfer';
import { HttpFailed, QueryFailed, ToolFailed } from '../yugabyte';

/** A question had no answer within its time. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(ms: number) {
    super(`no answer within ${Math.round(ms / 100) / 10} s`);
  }
}

/** A component is unavailable, overloaded or electing a leader: the same question may be answered a moment later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ToolFailed || error instanceof QueryFailed || error instanceof HttpFailed)
    return error.transient;
  return error instanceof NoAnswer || isStoreError(error, 'unavailable', 'throttled');
}
