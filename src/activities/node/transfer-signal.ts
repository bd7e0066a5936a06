import { CancelledFailure } from '@temporalio/activity';
import { TransferCancelled } from '../../transfer';

/**
 * The signal for a transfer, derived from the activity's: only a cancelled *run* aborts open multipart uploads. A
 * time-out, a pause, a reset or a stopping worker only stops the transfer, so that the next attempt resumes it.
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
