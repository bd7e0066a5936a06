import { activityInfo } from '@temporalio/activity';
import { definePreflight } from '../preflight/define-preflight';

export interface ComparedClocks {
  /**
   * Milliseconds; negative: the cluster's clock is behind. Holds the time for which this activity waited for a worker.
   */
  clusterAheadMs: number;
  /** 16 digits. */
  clusterMicros: string;
}

/** YSQL's clock against Temporal's; asked again as preflight asks. Fault 19. */
export const makeCompareClocks = definePreflight<{ database: string }, ComparedClocks>({
  subject: ({ database }) => `The recovery of ${database}`,
  ask: async (checks) => {
    const startedAt = performance.now();
    return await checks.look(undefined, async ({ yugabyte }, { signal }) => {
      const clusterMicros = await yugabyte().sql.readClock({ signal });
      // Temporal's clock when it answered; what was asked again took time itself.
      const temporalMs = activityInfo().currentAttemptScheduledTimestampMs + (performance.now() - startedAt);
      return { clusterAheadMs: Math.round(Number(clusterMicros) / 1000 - temporalMs), clusterMicros };
    });
  },
});
