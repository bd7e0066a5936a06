import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { shower } from '../../heartbeat-interceptor';
import type { ControlDependencies } from '../dependencies';

export interface WaitUntilFreeInput {
  guardianId: string;
  /** Returns after so long even if it is still held; the workflow decides. */
  atMostMs?: number;
  /** When the run began to wait, in ms: its place in the line. */
  since?: number;
}

/**
 * Waits, green, until nobody holds a lock and all who wait longer have had their turn. Being free is no claim: the
 * caller tries to take it, and comes back to its place when another one was faster.
 */
export function makeWaitUntilFree({ lines }: Pick<ControlDependencies, 'lines'>) {
  return async function waitUntilFree({ guardianId, atMostMs, since }: WaitUntilFreeInput): Promise<void> {
    const { scheduledTimestampMs } = activityInfo();
    const show = shower();
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
