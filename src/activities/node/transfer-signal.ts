import { CancelledFailure } from '@temporalio/activity';
import { TransferCancelled } from '../../transfer';

/**
 * The transfer's signal for an activity's: only a cancelled *run* lets it abort open multipart uploads. A time-out, a
 * pause, a reset and a stopping worker just stop it, so that the next attempt resumes.
 */
export function transferSignal(activity: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const pass = (): void => {
    const { reason } = activity as { reason: unknown };
    const cancelled = reason instanceof CancelledFailure && reason.message === 'CANCELLED';
    controller.abort(cancelled ? new TransferCancelled() : reason);
  };
  if (activity.aborted) pass();
  else activity.addEventListener('abort', pass, { once: true });
  return controller.signal;
}
