import { activityInfo } from '@temporalio/activity';
import { definePreflight } from '../preflight/define-preflight';

export interface ComparedClocks {
  /**
   * Milliseconds; negative: the cluster's clock is behind. Includes the time that this activity waited for a worker.
   */
  clusterAheadMs: number;
  /** 16 digits. */
  clusterMicros: string;
}

/** YSQL's clock compared with Temporal's; asked again as preflight does. Fault 19. */
export const makeCompareClocks = definePreflight<{ database: string }, ComparedClocks>({
  subject: ({ database }) => `The recovery of ${database}`,
  ask: async (checks) => {
    const startedAt = performance.now();
    return await checks.look(undefined, async ({ yugabyte }, { signal }) => {
      const clusterMicros = await yugabyte().sql.readClock({ signal });
      // Temporal's clock at the moment of the answer; repeating the question took time as well.
      const temporalMs = activityInfo().currentAttemptScheduledTimestampMs + (performance.now() - startedAt);
      return { clusterAheadMs: Math.round(Number(clusterMicros) / 1000 - temporalMs), clusterMicros };
    });
  },
});
