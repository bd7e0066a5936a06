import { join } from 'node:path';
import type { EmulatorOptions } from '../emulator';
import { prepareEmulatedCluster, type Dialect } from './cluster';
import { describeStack } from './describe-stack';
import { stackEnvironment } from './environment';
import type { Ports } from './free-ports';
import { HOST } from './host';
import { leaveHome, takeHome } from './processes/process-record';
import { s3Keys, seaweedfsService } from './servers/seaweedfs';
import { removeStackJson, writeStackJson, type StackJson } from './stack-json';
import { chooseStackPorts, portOf } from './stack-ports';
import { Supervisor } from './processes/supervisor';
import { raiseRetention, temporalService } from './servers/temporal';
import { stackTools, type StackTools } from './tools';
import { workerServices } from './worker-services';

export type { StackJson } from './stack-json';

const BUCKET = 'kalpa';
const REGION = 'us-east-1';
const CLUSTER = 'demo';

export interface StackOptions {
  /** Everything of the stack is below this folder. */
  home: string;
  /** Name of the emulated cluster. Default: demo. */
  cluster?: string;
  /** Default: the existing cluster's, else 2025.1. */
  dialect?: Dialect;
  /** Prefer 7233, 8233 and 5433. */
  preferredPorts?: boolean;
  /** False: servers and emulator only. */
  workers?: boolean;
  /** `timing:` of the workers' kalpa.yaml. */
  timing?: Record<string, string>;
  /** `policies:` of the control worker's. */
  policies?: object;
  emulatorTiming?: NonNullable<EmulatorOptions['timing']>;
  /** Temporal and S3 of another stack, to use instead of its own. */
  servers?: Pick<StackJson, 'temporal' | 's3'> & Partial<Pick<StackJson, 'signing'>>;
  /** Prefix within the bucket. */
  prefix?: string;
  /**
   * The home is discarded afterwards: the store need not shut down cleanly, which takes 15 s, and nothing is flushed to
   * disk.
   */
  discard?: boolean;
  onLine?: (line: string) => void;
  /** Asked while the stack starts: true cancels the start, and stops what was started. */
  cancelled?: () => boolean;
}

/** A stack that is ready. */
export interface RunningStack {
  readonly json: StackJson;
  /** Sends a signal to one process; it is restarted. Returns the pid. */
  kill(name: string, signal?: NodeJS.Signals): number;
  /** Ends a process without restarting it. */
  end(name: string): Promise<void>;
  stop(): Promise<void>;
  /** Ends every process at once. */
  killAll(): void;
}

/** Starts Temporal, S3, the emulated cluster and the workers, and waits until all of them are ready. */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const { home } = options;
  const print = options.onLine ?? (() => undefined);
  const tools = stackTools();
  await takeHome(home, (count) => print(`Ending ${count} processes of an earlier start that was killed …`));
  removeStackJson(home);
  let json: StackJson | undefined;
  const onChange = (): void => {
    if (json) writeStackJson(home, (json = { ...json, processes: supervisor.pids() }));
  };
  const supervisor: Supervisor = new Supervisor(home, onChange, options.cancelled);
  try {
    const described = await startParts(options, supervisor, tools, print);
    json = { ...described, processes: supervisor.pids() };
    writeStackJson(home, json);
  } catch (error) {
    await supervisor.stop();
    leaveHome(home);
    throw error;
  }
  let last = json;
  return {
    get json() {
      return (last = json ?? last);
    },
    kill: (name, signal) => supervisor.kill(name, signal),
    end: async (name) => await supervisor.end(name),
    stop: async () => {
      last = json ?? last;
      json = undefined;
      removeStackJson(home);
      await supervisor.stop();
    },
    killAll: () => supervisor.killAll(),
  };
}

async function startParts(
  options: StackOptions,
  supervisor: Supervisor,
  tools: StackTools,
  print: (line: string) => void,
): Promise<StackJson> {
  const { home } = options;
  const env = stackEnvironment(home);
  const ports = await chooseStackPorts(home, {
    ownServers: options.servers === undefined,
    preferred: options.preferredPorts ?? false,
  });
  const cluster = await prepareEmulatedCluster({
    home,
    host: HOST,
    name: options.cluster ?? CLUSTER,
    ports,
    tools,
    env,
    dialect: options.dialect,
    timing: options.emulatorTiming,
    discard: options.discard,
  });
  if (cluster.note !== undefined) print(cluster.note);
  const startCluster = async (): Promise<void> => {
    await supervisor.start(cluster.postgres);
    await supervisor.start(cluster.emulator);
  };
  const [servers] = await allOrFirstError([startServers(supervisor, options, ports, tools, env), startCluster()]);
  const { json, configs } = describeStack(
    { ...options, signing: options.servers?.signing },
    ports,
    cluster.options,
    servers,
  );
  if (options.workers ?? true) {
    await allOrFirstError(workerServices(json, configs, env).map(async (service) => await supervisor.start(service)));
  }
  return json;
}

/** Like Promise.all, but waits until all have ended: nothing is still starting when the caller begins to stop. */
async function allOrFirstError<T extends readonly unknown[]>(started: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(started);
  return await Promise.all(started);
}

async function startServers(
  supervisor: Supervisor,
  options: StackOptions,
  ports: Ports,
  tools: StackTools,
  env: NodeJS.ProcessEnv,
): Promise<Pick<StackJson, 'temporal' | 's3'>> {
  const { home, prefix } = options;
  if (options.servers)
    return {
      temporal: options.servers.temporal,
      s3: { ...options.servers.s3, prefix: prefix ?? options.servers.s3.prefix },
    };
  const dir = join(home, 's3');
  const keys = s3Keys(dir, BUCKET);
  const temporal = {
    address: `${HOST}:${portOf(ports, 'temporal')}`,
    ui: `http://${HOST}:${portOf(ports, 'temporalUi')}`,
    namespace: 'default',
    cli: tools.temporal,
  };
  const startTemporal = async (): Promise<void> => {
    const [port, uiPort, httpPort, metricsPort] = ['temporal', 'temporalUi', 'temporalHttp', 'temporalMetrics'].map(
      (use) => portOf(ports, use),
    ) as [number, number, number, number];
    await supervisor.start(
      temporalService(tools.temporal, {
        database: join(home, 'temporal', 'temporal.db'),
        discard: options.discard ?? false,
        port,
        uiPort,
        httpPort,
        metricsPort,
        env,
      }),
    );
    await raiseRetention(tools.temporal, temporal.address, env);
  };
  await allOrFirstError([
    startTemporal(),
    supervisor.start(
      seaweedfsService(tools.weed, { dir, ports, keys, bucket: BUCKET, discard: options.discard ?? false }),
    ),
  ]);
  return {
    temporal,
    s3: {
      endpoint: `http://${HOST}:${portOf(ports, 's3')}`,
      region: REGION,
      bucket: BUCKET,
      prefix: prefix ?? 'backups',
      ...keys,
    },
  };
}
