import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { apiOf } from '../../contract';
import type { ControlDependencies } from './dependencies';

export interface ComparedClocks {
  /** Milliseconds; negative: the cluster's clock is behind. Holds the time for which this activity waited for a worker. */
  clusterAheadMs: number;
  /** 16 digits. */
  clusterMicros: string;
}

/** The cluster's clock against Temporal's. Undefined for a keyspace: YCQL tells no time. Fault 19. */
export function makeCompareClocks({ yugabyte }: ControlDependencies) {
  return async function compareClocks({ database }: { database: string }): Promise<ComparedClocks | undefined> {
    if (apiOf(database) === 'ycql') return undefined;
    const clusterMicros = await yugabyte().sql.readClock({ signal: cancellationSignal() });
    const scheduledMs = activityInfo().currentAttemptScheduledTimestampMs;
    return { clusterAheadMs: Number(clusterMicros) / 1000 - scheduledMs, clusterMicros };
  };
}
