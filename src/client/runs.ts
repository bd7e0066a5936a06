import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { clusterQueue, isOperation, operations, type OperationName } from '../contract';
import { startedBy } from '../schedules';
import { KalpaFailure } from './kalpa-failure';
import { given } from '../objects/given';

/** An operation that Temporal knows. */
export interface ListedRun {
  workflowId: string;
  runId: string;
  operation: OperationName;
  /** `RUNNING`, `COMPLETED`, `FAILED`, … */
  status: string;
  startedAt: string;
  endedAt?: string;
  /** Absent if the namespace has no such search attribute, and for operations on no single database. */
  database?: string;
  phase?: string;
  startedBy?: string;
  link?: string;
}

/** Requests to Temporal at a time. */
const WIDTH = 10;

interface RunsOf {
  temporal: Client;
  cluster: string;
  link: (workflowId: string, runId: string) => string | undefined;
}

/** The running operations of a cluster, newest first, limited to `atMost`; `more`: there are others. */
export async function listRuns(of: RunsOf, atMost: number): Promise<{ runs: ListedRun[]; more: boolean }> {
  const types = Object.keys(operations).map((name) => `'${name}'`);
  const query = `ExecutionStatus = 'Running' AND TaskQueue = '${clusterQueue(of.cluster)}' AND WorkflowType IN (${types.join(', ')})`;
  const found: WorkflowExecutionInfo[] = [];
  let more = false;
  for await (const info of of.temporal.workflow.list({ query, pageSize: Math.min(atMost + 1, 1000) })) {
    more = found.length === atMost;
    if (more) break;
    found.push(info);
  }
  const runs: ListedRun[] = [];
  for (let from = 0; from < found.length; from += WIDTH)
    runs.push(...(await Promise.all(found.slice(from, from + WIDTH).map(async (info) => await listed(of, info)))));
  return { runs, more };
}

/**
 * A run of this cluster by its id. Throws `NotFound` for one that Temporal doesn't know, and for a run of another
 * cluster or product.
 */
export async function readRun(of: RunsOf, workflowId: string): Promise<ListedRun> {
  try {
    const described = await of.temporal.workflow.getHandle(workflowId).describe();
    if (described.taskQueue === clusterQueue(of.cluster) && isOperation(described.type))
      return await listed(of, described);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  throw new KalpaFailure(
    'NotFound',
    `Temporal knows no operation ${workflowId} of cluster ${of.cluster}. Running ones: kalpa runs; ended ones: kalpa history.`,
  );
}

/** What lists and descriptions have in common. */
type Info = Omit<WorkflowExecutionInfo, 'raw'>;

async function listed({ temporal, link }: RunsOf, info: Info): Promise<ListedRun> {
  const { workflowId, runId, type, status, startTime, closeTime } = info;
  const page = link(workflowId, runId);
  const [database, phase] = ['KalpaDatabase', 'KalpaPhase'].map((name) => attribute(info, name));
  // The first event is gone only when the run itself is: then the rest is still worth showing.
  const who = await startedBy(temporal, { workflowId, firstExecutionRunId: runId }).catch(() => undefined);
  return {
    workflowId,
    runId,
    operation: type as OperationName,
    status: status.name,
    startedAt: startTime.toISOString(),
    ...(closeTime ? { endedAt: closeTime.toISOString() } : {}),
    ...given({ database, phase, startedBy: who, link: page }),
  };
}

function attribute({ typedSearchAttributes }: Info, wanted: string): string | undefined {
  const found = typedSearchAttributes.getAll().find(({ key }) => key.name === wanted)?.value;
  return typeof found === 'string' ? found : undefined;
}
