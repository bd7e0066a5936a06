import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { heartbeatReporter } from '../../heartbeat-interceptor';
import type { ControlDependencies } from '../dependencies';

export interface WaitUntilFreeInput {
  guardianId: string;
  /** Returns after this time even if the lock is still held; the workflow decides. */
  atMostMs?: number;
  /** When the run began to wait, in ms: its place in the line. */
  since?: number;
}

/**
 * Waits until nobody holds a lock and every run that has waited longer has had its turn. A free lock is no claim: the
 * caller tries to take it, and returns to its place when another run was faster.
 */
export function makeWaitUntilFree({ lines }: Pick<ControlDependencies, 'lines'>) {
  return async function waitUntilFree({ guardianId, atMostMs, since }: WaitUntilFreeInput): Promise<void> {
    const { scheduledTimestampMs } = activityInfo();
    const show = heartbeatReporter();
    await lines.wait(guardianId, {
      since: since ?? scheduledTimestampMs,
      until: atMostMs === undefined ? Infinity : scheduledTimestampMs + atMostMs,
      signal: cancellationSignal(),
      show: (holder) => {
        show({ waitingFor: guardianId, heldSince: holder.since.toISOString() });
      },
    });
  };
}
