import { ScheduleOverlapPolicy, type ScheduleOptions } from '@temporalio/client';
import { checkedDurationMs, clusterQueue, DEFAULT_CATCH_UP, type ScheduleDefinition } from '../contract';
import { CLUSTER_MEMO } from './list-schedules';
import { given } from '../objects/given';

/** What the runs of a schedule bear beside their input. */
export interface ScheduledRuns {
  cluster: string;
  /** Temporal appends `-<UTC time>` to it. */
  workflowIdPrefix: string;
  /** For the Web UI. */
  summary: string;
  workflowTaskTimeoutMs?: number | undefined;
}

/**
 * A definition as Temporal takes it. A run that is still going when the next one is due makes that one be skipped; a
 * failed run pauses nothing: a backup that failed tonight must be tried tomorrow.
 */
export function scheduleOptions(definition: ScheduleDefinition, runs: ScheduledRuns): ScheduleOptions {
  const { scheduleId, operation, input, cron, every, timeZone, catchUp, note, paused } = definition;
  return {
    scheduleId,
    spec: {
      ...given({ cronExpressions: cron === undefined ? undefined : [cron] }),
      ...given({ intervals: every === undefined ? undefined : [{ every: checkedDurationMs(every) }] }),
      ...given({ timezone: timeZone }),
    },
    action: {
      type: 'startWorkflow',
      workflowType: operation,
      taskQueue: clusterQueue(runs.cluster),
      workflowId: runs.workflowIdPrefix,
      args: [input],
      staticSummary: runs.summary,
      ...given({ workflowTaskTimeout: runs.workflowTaskTimeoutMs }),
    },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: checkedDurationMs(catchUp ?? DEFAULT_CATCH_UP),
      pauseOnFailure: false,
    },
    memo: { [CLUSTER_MEMO]: runs.cluster },
    state: { ...given({ paused, note }) },
  };
}
