import { setTimeout as pause } from 'node:timers/promises';
import {
  ApplicationFailure,
  Client,
  Connection,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { heartbeatInterceptor } from '../../../src/activities/heartbeat-interceptor';
import { stepBeganInterceptor } from '../../../src/activities/step-began';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { makePassLimits } from '../../../src/activities/control/copies/pass-limits';
import { makeReadCopies } from '../../../src/activities/control/copies/read-copies';
import { makeFindGuardian } from '../../../src/activities/control/lock/find-guardian';
import { lockLines } from '../../../src/activities/control/lock/lock-lines';
import { makeReadSettings } from '../../../src/activities/control/run/read-settings';
import { makeWaitForGuardianEnd } from '../../../src/activities/control/lock/wait-for-guardian-end';
import { makeWaitUntilFree } from '../../../src/activities/control/lock/wait-until-free';
import { makeWatchOwner } from '../../../src/activities/control/lock/watch-owner';
import { SharedQueries } from '../../../src/activities/control/waits/shared-queries';
import { dataConverter } from '../../../src/worker/data-converter';
import {
  clusterQueue,
  guardianId,
  janitorQueue,
  nodeControlQueue,
  nodeQueue,
  timingInMs,
  timingSchema,
  type Progress,
  type Timing,
} from '../../../src/contract';
import { ActivityWorker } from '../../../src/worker/activity-worker';
import { controlQueues } from '../../../src/worker/control-queues';
import type { ServedWorkflows } from './start-temporal';
import { NODES, standardActivities, type Activities, type AskingTemporal } from './standard-activities';

const SHORT: Partial<Timing> = {
  ownerPollInterval: 100,
  lockPollInterval: 50,
  heartbeatTimeout: 2_000,
  nodeAnswerTimeout: 3_000,
  copyQueueTimeout: 3_000,
  progressInterval: 100,
  retryPause: 50,
  retryPauseMax: 100,
};

const MANY_NODES = 10;

/** What preflight answers, as the product says it. */
const asAnswer = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && ('answer' in answer || 'away' in answer)
    ? { askedMs: 0, ...answer }
    : { answer, askedMs: 0 };

/** Told by a test to fail in a step, as an activity fails without a retry. */
export const refusal = (type: string, message: string, details: Record<string, unknown>[] = []): ApplicationFailure =>
  ApplicationFailure.create({ type, message, details, nonRetryable: true });

/**
 * The workflows of `src/` on a real Temporal server, with activities that only answer: those that ask Temporal are the
 * product's own, all others are the test's. A test says what differs from a cluster where everything goes well.
 */
export class FakedCluster {
  private workers: Worker[] = [];
  private running: Promise<unknown> = Promise.resolve();
  private activities: Partial<Activities> = {};
  private runs = 0;

  private constructor(
    readonly name: string,
    readonly client: Client,
    private readonly native: NativeConnection,
    readonly timing: Timing,
    /** Open requests for work on a queue of a node: with a hundred nodes one each is enough for one server. */
    private readonly polls: number,
  ) {}

  /** To be opened once in a file; each test says `use` first. */
  static async open(timing: Partial<Timing> = {}, moreNodes: readonly string[] = []): Promise<FakedCluster> {
    const served = JSON.parse(process.env['KALPA_TEST_WORKFLOWS'] ?? '{}') as Partial<ServedWorkflows>;
    if (served.address === undefined || served.bundle === undefined)
      throw new Error('This test needs the Temporal server of jest project workflows.');
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
    });
    const { address } = served;
    const client = new Client({ connection: await Connection.connect({ address }) });
    const native = await NativeConnection.connect({ address });
    const name = `w${process.pid.toString(36)}-${Date.now().toString(36)}`;
    const cluster = new FakedCluster(
      name,
      client,
      native,
      {
        ...timingInMs(timingSchema.parse({})),
        ...SHORT,
        ...timing,
      },
      moreNodes.length > MANY_NODES ? 1 : 2,
    );
    await cluster.serve(served.bundle, moreNodes);
    return cluster;
  }

  /** What differs in this test; everything else goes well. */
  use(activities: Partial<Activities> = {}): void {
    this.activities = activities;
  }

  async start(
    type: string,
    input: unknown,
    workflowId = `${this.name}/${type}/${(this.runs += 1)}`,
  ): Promise<WorkflowHandleWithFirstExecutionRunId> {
    return await this.client.workflow.start(type, {
      taskQueue: clusterQueue(this.name),
      workflowId,
      workflowTaskTimeout: this.timing.workflowTaskTimeout,
      args: [input],
    });
  }

  /** Has a database held by a run, as a guardian does. */
  async lock(
    database: string,
    { holder, operation }: { holder: WorkflowHandleWithFirstExecutionRunId; operation: string },
  ): Promise<void> {
    const id = guardianId(this.name, database);
    const { workflowId, firstExecutionRunId } = holder;
    const owner = { workflowId, firstExecutionRunId };
    const settings = { cluster: this.name, timing: this.timing, searchAttributes: [] };
    await this.client.workflow.start('guardian', {
      taskQueue: clusterQueue(this.name),
      workflowId: id,
      memo: { owner, operation },
      args: [{ subject: database, guardianId: id, owner, operation, settings }],
    });
  }

  /** The run's own page as the Temporal UI shows it. */
  async page(run: WorkflowHandle): Promise<string> {
    const { currentDetails } = await run.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    return currentDetails ?? '';
  }

  async progress(run: WorkflowHandle): Promise<Progress> {
    return await run.query<Progress>('progress');
  }

  /** Waits until something is so; fails with its name when it does not come true. */
  async until(condition: string, look: () => Promise<boolean> | boolean, withinMs = 10_000): Promise<void> {
    const giveUpAt = Date.now() + withinMs;
    while (!(await look())) {
      if (Date.now() > giveUpAt) throw new Error(`Not within ${withinMs / 1000} s: ${condition}`);
      await pause(20);
    }
  }

  /** Runs that the worker of the workflows keeps in memory. */
  cachedWorkflows(): number {
    return this.workers[0]?.getStatus().numCachedWorkflows ?? 0;
  }

  /** Activities that each queue of the control worker has at work: as many slots are taken. */
  slotsTaken(): { commands: number; steps: number; streams: number; waits: number } {
    const [commands = 0, steps = 0, streams = 0, waits = 0] = controlQueues(this.name).map(
      ({ taskQueue }) =>
        this.workers.find(({ options }) => options.taskQueue === taskQueue)?.getStatus().numInFlightActivities,
    );
    return { commands, steps, streams, waits };
  }

  /** From now on nobody takes the activities of a queue. */
  async leave(taskQueue: string): Promise<void> {
    const worker = this.workers.findLast(({ options }) => options.taskQueue === taskQueue);
    worker?.shutdown();
    await this.until(`nobody serves ${taskQueue}`, () => worker?.getState() === 'STOPPED', 60_000);
  }

  /** A worker takes them again. */
  async comeBack(taskQueue: string): Promise<void> {
    const worker = await this.makeWorker(taskQueue);
    this.workers.push(worker);
    this.running = Promise.all([this.running, worker.run()]);
  }

  async close(): Promise<void> {
    for (const worker of this.workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await this.running;
    await this.native.close();
    await this.client.connection.close();
  }

  /** `moreNodes`: their workers are there, too. */
  private async serve(bundle: string, moreNodes: readonly string[]): Promise<void> {
    const common = this.common();
    const [main, ...others] = controlQueues(this.name);
    const queues = [
      janitorQueue(this.name),
      ...[...NODES, ...moreNodes].flatMap((node) => [nodeQueue(this.name, node), nodeControlQueue(this.name, node)]),
    ];
    this.workers = await Promise.all([
      Worker.create({ ...common, ...main, workflowBundle: { codePath: bundle } }),
      ...others.map(async (queue) => await Worker.create({ ...common, ...queue })),
      ...queues.map(async (taskQueue) => await this.makeWorker(taskQueue)),
    ]);
    this.running = Promise.all(this.workers.map(async (worker) => await worker.run()));
  }

  private async makeWorker(taskQueue: string): Promise<Worker> {
    return await ActivityWorker.create({
      ...this.common(),
      taskQueue,
      maxConcurrentActivityTaskPolls: this.polls,
      maxHeartbeatThrottleInterval: 100,
    });
  }

  private common() {
    const standard: Activities = { ...standardActivities(), ...this.own() };
    const served = Object.fromEntries(
      Object.keys(standard).map((name) => {
        const key = name as keyof Activities;
        const act = async (input: never): Promise<unknown> => {
          const acts = (this.activities[key] ?? standard[key]) as (given: never) => Promise<unknown>;
          const answer = await acts(input);
          return /^preflight(?!DeleteSnapshot)|^find(?!Guardian)|^surveyNodes$|^compareClocks$|^chooseRehearsal$/.test(
            name,
          )
            ? asAnswer(answer)
            : answer;
        };
        return [name, act];
      }),
    );
    return {
      connection: this.native,
      activities: served,
      dataConverter,
      interceptors: { activity: [heartbeatInterceptor, stepBeganInterceptor] },
      shutdownGraceTime: 100,
      shutdownForceTime: '5s', // a test that failed may have left an activity behind a gate
    };
  }

  /** The product's own activities that ask Temporal alone. */
  private own(): Pick<Activities, AskingTemporal> {
    const dependencies = {
      client: this.client,
      timing: this.timing,
      looks: new SharedQueries(),
      lines: lockLines(this.client, this.timing),
      config: { cluster: this.name },
      searchAttributes: [],
    } as unknown as ControlDependencies;
    return {
      findGuardian: makeFindGuardian(dependencies),
      passLimits: makePassLimits(dependencies),
      readCopies: makeReadCopies(dependencies),
      readSettings: makeReadSettings(dependencies),
      waitForGuardianEnd: makeWaitForGuardianEnd(dependencies),
      waitUntilFree: makeWaitUntilFree(dependencies),
      watchOwner: makeWatchOwner(dependencies),
    };
  }
}
