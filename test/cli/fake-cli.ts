import { KalpaFailure, type KalpaClient, type RunHandle } from '../../src/client';
import { parseConfig, type ResolvedConfig } from '../../src/config';
import type { CliIo } from '../../src/cli/core/cli-io';
import type { CliDependencies } from '../../src/cli/core/cli-dependencies';
import { runCli } from '../../src/cli/run-cli';
import type { Progress } from '../../src/contract';

/** A `kalpa.yaml` as the commands are given it. */
export const resolvedConfig: ResolvedConfig = {
  config: parseConfig(
    "{ cluster: demo, masters: ['127.0.0.1:7100'], ysql: { host: 127.0.0.1 }, repository: { url: 's3://kalpa/here' } }",
    'kalpa.yaml',
  ),
  source: { kind: 'option', file: '/etc/kalpa/kalpa.yaml' },
};

/** What one command line did. */
export interface CliOutcome {
  code: number;
  stdout: string;
  stderr: string;
  /** Operation, input and options of each run that it started. */
  started: unknown[][];
  /** What was asked at the terminal. */
  asked: string[];
  /** Connections that were closed again. */
  closed: number;
}

export interface FakeRun {
  result?: () => Promise<unknown>;
  /** Results of operations that the command only looks with, by their name. */
  answers?: Record<string, () => Promise<unknown>>;
  progress?: () => Promise<Progress>;
  /** Calls back at once, as if Ctrl-C was pressed while watching. */
  interrupt?: boolean;
  tty?: boolean;
  columns?: number;
  /** More of the client. */
  client?: object;
  /** What a person at a terminal types; without it nobody can be asked. */
  answer?: string;
  parts?: Partial<CliDependencies>;
  env?: NodeJS.ProcessEnv;
  /** The clock of this machine; stands still when none is given. */
  now?: () => Date;
}

/** A run that never ends by itself. */
export const never = async (): Promise<never> => await new Promise<never>(() => undefined);

/** Runs one command line in this process; Temporal, the bucket and the cluster are what the test says. */
export async function kalpa(line: readonly string[], fake: FakeRun = {}): Promise<CliOutcome> {
  const outcome: CliOutcome = { code: -1, stdout: '', stderr: '', started: [], asked: [], closed: 0 };
  const io: CliIo = {
    env: fake.env ?? {},
    cwd: '/',
    stdout: { write: (text) => (outcome.stdout += text), isTTY: fake.tty ?? false, columns: fake.columns ?? 100 },
    stderr: { write: (text) => (outcome.stderr += text), isTTY: fake.tty ?? false, columns: fake.columns ?? 100 },
    now: fake.now ?? (() => new Date('2026-11-22T02:00:07Z')),
    onInterrupt: (listener) => {
      if (fake.interrupt) setImmediate(listener);
      return () => undefined;
    },
    ...(fake.answer === undefined
      ? {}
      : {
          ask: async (question: string) => {
            outcome.asked.push(question);
            return await Promise.resolve(fake.answer ?? '');
          },
        }),
  };
  const reference = { workflowId: "backup/demo/it's", runId: 'run-1', link: 'http://ui/run-1' };
  const run = {
    ...reference,
    reference: () => reference,
    result: fake.result ?? (async () => await Promise.resolve({})),
    progress: fake.progress ?? (async () => await Promise.reject(new Error('no worker'))),
  } as unknown as RunHandle<unknown>;
  const client = {
    taskQueue: 'kalpa/demo',
    start: async (...given: unknown[]) => {
      outcome.started.push(given);
      return await Promise.resolve(run);
    },
    run: async (...given: unknown[]) => {
      outcome.started.push(given);
      return await (fake.answers?.[String(given[0])] ?? run.result)();
    },
    close: async () => {
      outcome.closed += 1;
      await Promise.resolve();
    },
    openRun: () => run,
    ...fake.client,
  } as unknown as KalpaClient;
  const unused = (what: string) => (): never => {
    throw new Error(`${what} is not expected here`);
  };
  const parts: CliDependencies = {
    loadConfig: () => resolvedConfig,
    connect: async () => await Promise.resolve(client),
    startTemporal: unused('a Temporal'),
    refuseForeignWorkers: async () => {
      await Promise.resolve();
    },
    openCatalogue: unused('the catalogue'),
    openToBrowse: unused('a repository'),
    openScheduleRecords: unused('the records of schedules'),
    openCluster: unused('the cluster'),
    openBucket: unused('the bucket'),
    runWorker: unused('a worker'),
    ...fake.parts,
  };
  outcome.code = await runCli(line, io, parts);
  return outcome;
}

/** A run that failed as the contract says. */
export const failing =
  (type: KalpaFailure['type'], message: string, details: unknown[] = []) =>
  async (): Promise<never> =>
    await Promise.reject(new KalpaFailure(type, message, details, { workflowId: 'w', runId: 'r' }));
