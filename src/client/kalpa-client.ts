import { Client, Connection, WorkflowExecutionAlreadyStartedError, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { clusterQueue, operations, parseInput, type OperationName, type OperationTypes } from '../contract';
import { callerIdentity } from './caller-identity';
import { KalpaFailure } from './kalpa-failure';
import { WithOperationCalls } from './operation-calls';
import { RunHandle } from './run-handle';
import { runIdentity } from './run-identity';
import { listRuns, readRun, type ListedRun } from './runs';
import type { ScheduleRecords } from './schedule-records';
import { Schedules } from './schedules';
import type { StartOptions } from './start-options';
import { asUnreachable } from './unreachable';
import { given } from '../objects/given';

export interface KalpaClientOptions {
  /** The cluster's name, as in its workers' `kalpa.yaml`. */
  cluster: string;
  /** Address of the Temporal Web UI without a trailing slash; with it, runs have a `link`. */
  ui?: string;
  /** Time-out of one workflow task in milliseconds. Default: the server's (10 s). */
  workflowTaskTimeoutMs?: number;
  /** The caller, as lists and records in the bucket name it. Default: user and host, `alice@laptop`. */
  identity?: string;
  /** Where schedules are recorded, so that a new Temporal gets them back. Default: only in Temporal. */
  scheduleRecords?: ScheduleRecords;
}

export interface ConnectOptions extends KalpaClientOptions {
  /** Default: `temporal.toml` and `TEMPORAL_*`, as for Temporal's own command line. */
  connection?: ConnectionOptions;
  namespace?: string;
}

/** How long a first connection may take. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Starts Kalpa's operations and waits for them. One object a cluster and process; close it at the end.
 *
 * @example
 * const kalpa = await KalpaClient.connect({ cluster: 'orders-prod' });
 * const { backupId } = await kalpa.backUpDatabase.run({ database: 'ysql.orders' });
 */
export class KalpaClient extends WithOperationCalls {
  /** Temporal schedules that start operations of this cluster. */
  readonly schedules: Schedules;

  private constructor(
    /** Temporal's own client, for what this one does not do. */
    readonly temporal: Client,
    private readonly options: KalpaClientOptions & { address: string },
    private readonly ownConnection: Connection | undefined,
  ) {
    super();
    this.schedules = new Schedules(temporal, options, (workflowId, runId) => this.link(workflowId, runId));
  }

  /** Connects to Temporal. Throws `TemporalUnreachable`. */
  static async connect(options: ConnectOptions): Promise<KalpaClient> {
    const found = loadClientConnectConfig();
    const connectionOptions: ConnectionOptions = options.connection ?? found.connectionOptions;
    const namespace = options.namespace ?? found.namespace ?? 'default';
    const address = connectionOptions.address ?? 'localhost:7233';
    try {
      const connection = await Connection.connect({ connectTimeout: CONNECT_TIMEOUT_MS, ...connectionOptions });
      return new KalpaClient(
        new Client({ connection, namespace, identity: options.identity ?? callerIdentity() }),
        { ...options, address },
        connection,
      );
    } catch (error) {
      throw asUnreachable(error, address);
    }
  }

  /** Uses an existing client; `close` leaves its connection open. */
  static of(temporal: Client, options: KalpaClientOptions): KalpaClient {
    return new KalpaClient(temporal, { ...options, address: 'the given connection' }, undefined);
  }

  /** The task queue that the control workers of this cluster poll. */
  get taskQueue(): string {
    return clusterQueue(this.options.cluster);
  }

  /**
   * Starts an operation and returns at once. The input is checked before it is sent.
   * Throws `KalpaFailure` (`InvalidInput`, `DatabaseBusy`) or `TemporalUnreachable`.
   */
  async start<O extends OperationName>(
    operation: O,
    input: OperationTypes[O]['input'],
    { workflowId, conflict = 'fail' }: StartOptions = {},
  ): Promise<RunHandle<OperationTypes[O]['result']>> {
    const parsed = parseInput(operation, operations[operation].input, input);
    if (!parsed.ok) throw new KalpaFailure('InvalidInput', parsed.message, parsed.problems);
    const identity = runIdentity(this.options.cluster, operation, input, new Date());
    const id = workflowId ?? identity.workflowId;
    try {
      const handle = await this.temporal.workflow.start(operation, {
        taskQueue: this.taskQueue,
        workflowId: id,
        args: [input],
        staticSummary: identity.summary,
        workflowIdConflictPolicy: conflict === 'useExisting' ? 'USE_EXISTING' : 'FAIL',
        ...given({ workflowTaskTimeout: this.options.workflowTaskTimeoutMs }),
      });
      return new RunHandle(
        this.temporal,
        handle,
        handle.firstExecutionRunId,
        this.link(id, handle.firstExecutionRunId),
        this.options.address,
      );
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw await this.alreadyRunning(id, error);
      throw asUnreachable(error, this.options.address);
    }
  }

  /** Starts an operation and waits for its result. Throws as `start` does, and `KalpaFailure` when the run fails. */
  async run<O extends OperationName>(
    operation: O,
    input: OperationTypes[O]['input'],
    options: StartOptions = {},
  ): Promise<OperationTypes[O]['result']> {
    const handle = await this.start(operation, input, options);
    return await handle.result();
  }

  /** The running operations of this cluster, newest first, limited to `atMost`. Throws `TemporalUnreachable`. */
  async runs(atMost = 100): Promise<{ runs: ListedRun[]; more: boolean }> {
    return await this.call(async () => await listRuns(this.runsOf(), atMost));
  }

  /** What Temporal knows of one operation of this cluster. Throws `KalpaFailure`: `NotFound`. */
  async describeRun(workflowId: string): Promise<ListedRun> {
    return await this.call(async () => await readRun(this.runsOf(), workflowId));
  }

  /**
   * A run that someone started, to wait for it or to change it. Sends no request; `describeRun` tells whether it
   * exists.
   */
  openRun<O extends OperationName>({
    workflowId,
    runId,
  }: {
    workflowId: string;
    runId: string;
  }): RunHandle<OperationTypes[O]['result']> {
    return new RunHandle(
      this.temporal,
      this.temporal.workflow.getHandle(workflowId),
      runId,
      this.link(workflowId, runId),
      this.options.address,
    );
  }

  /** The page of a run, if the UI's address is known. */
  link(workflowId: string, runId: string): string | undefined {
    return this.options.ui ? runLink(this.options.ui, this.temporal.options.namespace, workflowId, runId) : undefined;
  }

  /** Closes the connection that `connect` opened. */
  async close(): Promise<void> {
    await this.ownConnection?.close();
  }

  private runsOf(): Parameters<typeof listRuns>[0] {
    return {
      temporal: this.temporal,
      cluster: this.options.cluster,
      link: (workflowId, runId) => this.link(workflowId, runId),
    };
  }

  private async call<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw asUnreachable(error, this.options.address);
    }
  }

  private async alreadyRunning(workflowId: string, cause: unknown): Promise<KalpaFailure> {
    const description = await this.temporal.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => undefined); // it has ended meanwhile, or can't be read: the refusal holds all the same
    const runId = description?.runId;
    const link = runId ? this.link(workflowId, runId) : undefined;
    const run = { workflowId, ...(runId ? { runId } : {}), ...(link ? { link } : {}) };
    return new KalpaFailure(
      'DatabaseBusy',
      `Nothing was started: ${workflowId} is running already${link ? ` (${link})` : ''}. Wait for it, or cancel it first.`,
      [run],
      run,
      { cause },
    );
  }
}

/** A run's page in the Temporal Web UI. `ui` is the UI's address without a slash at its end. */
export function runLink(ui: string, namespace: string, workflowId: string, runId: string): string {
  return `${ui}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
}
