import { ScheduleNotFoundError, type Client, type ScheduleDescription, type ScheduleSummary } from '@temporalio/client';
import { clusterQueue, isOperation, subjectOfInput, type OperationName } from '../contract';
import { given } from '../objects/given';

/** A Temporal schedule that starts one of Kalpa's operations on a cluster. */
export interface Schedule {
  id: string;
  operation: OperationName;
  /** `ysql.orders`; absent for operations on no single database. */
  database?: string;
  /** RFC 3339 UTC; absent while paused, and when no more runs will come. */
  nextRunAt?: string;
  paused: boolean;
  note?: string;
  /** The newest runs that it started, oldest first; Temporal remembers ten. */
  recentRuns: { workflowId: string; runId: string; at: string; status?: string }[];
}

/**
 * The memo of Kalpa's schedules: where many clusters share a namespace, a list skips the others without reading them.
 */
export const CLUSTER_MEMO = 'KalpaCluster';

/** By the numbers of Temporal's WorkflowExecutionStatus; a run that continued as new is still running. */
const STATUSES: readonly (string | undefined)[] = [
  undefined,
  'running',
  'complete',
  'failed',
  'cancelled',
  'terminated',
  'running',
  'timed out',
];

/** Requests to Temporal at a time. */
const WIDTH = 10;

/** Only what a list needs of Temporal's client, so that activities and tests can pass their own. */
export type ScheduleReader = Pick<Client, 'schedule'>;

/**
 * Every schedule of a cluster, whoever made it, by id. Temporal's list lags by about a second: use `readSchedule` for a
 * known id.
 */
export async function listSchedules(client: ScheduleReader, cluster: string): Promise<Schedule[]> {
  const ids: string[] = [];
  for await (const summary of client.schedule.list()) if (mayBelong(summary, cluster)) ids.push(summary.scheduleId);
  const found: Schedule[] = [];
  for (let from = 0; from < ids.length; from += WIDTH) {
    const read = ids.slice(from, from + WIDTH).map(async (id) => await readSchedule(client, cluster, id));
    for (const schedule of await Promise.all(read)) if (schedule) found.push(schedule);
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** One schedule; undefined when there is none of this id, or when it belongs to another cluster or product. */
export async function readSchedule(client: ScheduleReader, cluster: string, id: string): Promise<Schedule | undefined> {
  try {
    return scheduleOf(await client.schedule.getHandle(id).describe(), cluster);
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

function mayBelong({ action, memo }: ScheduleSummary, cluster: string): boolean {
  // A list entry has no task queue. One without an action has only just been created.
  if (action !== undefined && !isOperation(action.workflowType)) return false;
  const owner = memo?.[CLUSTER_MEMO];
  return owner === undefined || owner === cluster;
}

function scheduleOf(described: ScheduleDescription, cluster: string): Schedule | undefined {
  const { scheduleId, action, state, info } = described;
  if (action.taskQueue !== clusterQueue(cluster) || !isOperation(action.workflowType)) return undefined;
  const input: unknown = action.args?.[0];
  const subject = typeof input === 'object' && input !== null ? subjectOfInput(input as Record<string, unknown>) : '';
  const next = state.paused ? undefined : info.nextActionTimes[0];
  return {
    id: scheduleId,
    operation: action.workflowType,
    ...(subject?.includes('.') ? { database: subject } : {}),
    ...(next ? { nextRunAt: next.toISOString() } : {}),
    paused: state.paused,
    ...(state.note ? { note: state.note } : {}),
    recentRuns: info.recentActions.map(({ takenAt, action: { workflow } }, n) => {
      const status = STATUSES[described.raw?.info?.recentActions?.[n]?.startWorkflowStatus ?? 0];
      return {
        workflowId: workflow.workflowId,
        runId: workflow.firstExecutionRunId,
        at: takenAt.toISOString(),
        ...given({ status }),
      };
    }),
  };
}
