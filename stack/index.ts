import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EmulatorOptions } from '../emulator';
import { prepareEmulatedCluster, type Dialect } from './cluster';
import { stackEnvironment } from './environment';
import type { Ports } from './free-ports';
import { leaveHome, takeHome } from './process-record';
import { s3Keys, seaweedfsService } from './seaweedfs';
import { removeStackJson, writeStackJson, type StackJson } from './stack-json';
import { chooseStackPorts, portOf } from './stack-ports';
import { Supervisor } from './supervisor';
import { raiseRetention, temporalService } from './temporal';
import { stackTools, type StackTools } from './tools';
import { writeWorkerConfigs, type WorkerConfigs } from './worker-config';
import { workerServices } from './worker-services';

export type { StackJson } from './stack-json';

const HOST = '127.0.0.1';
const BUCKET = 'kalpa';
const REGION = 'us-east-1';
const CLUSTER = 'demo';

export interface StackOptions {
  /** Everything of the stack is below this folder. */
  home: string;
  /** Name of the emulated cluster. Default: demo. */
  cluster?: string;
  /** Default: that of the kept cluster, else 2025.1. */
  dialect?: Dialect;
  /** Prefer 7233, 8233 and 5433. */
  preferredPorts?: boolean;
  /** False: servers and emulator only. */
  workers?: boolean;
  /** `timing:` of the workers' kalpa.yaml. */
  timing?: Record<string, string>;
  emulatorTiming?: NonNullable<EmulatorOptions['timing']>;
  /** Temporal and S3 of another stack, which are used instead of own ones. */
  servers?: Pick<StackJson, 'temporal' | 's3'>;
  /** Under which prefix of the bucket. */
  prefix?: string;
  /** The home is thrown away afterwards, so the store need not stop in order, which takes 15 s. */
  discard?: boolean;
  onLine?: (line: string) => void;
  /** Asked while the stack starts: true gives the start up, and stops what was started. */
  cancelled?: () => boolean;
}

/** A stack that serves. */
export interface RunningStack {
  readonly json: StackJson;
  /** Sends a signal to one process; it is restarted. Returns the pid. */
  kill(name: string, signal?: NodeJS.Signals): number;
  /** Ends a process for good. */
  end(name: string): Promise<void>;
  stop(): Promise<void>;
  /** Ends every process at once. */
  killAll(): void;
}

/** Starts Temporal, S3, the emulated cluster and the workers, and waits until all of them serve. */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const { home } = options;
  const say = options.onLine ?? (() => undefined);
  const tools = stackTools();
  await takeHome(home, (count) => say(`Ending ${count} processes of an earlier start that was killed …`));
  removeStackJson(home);
  let json: StackJson | undefined;
  const onChange = (): void => {
    if (json) writeStackJson(home, (json = { ...json, processes: supervisor.pids() }));
  };
  const supervisor: Supervisor = new Supervisor(home, onChange, options.cancelled);
  try {
    const described = await startParts(options, supervisor, tools, say);
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
  say: (line: string) => void,
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
  });
  if (cluster.note !== undefined) say(cluster.note);
  const startCluster = async (): Promise<void> => {
    await supervisor.start(cluster.postgres);
    await supervisor.start(cluster.emulator);
  };
  const [servers] = await allOrFirstError([startServers(supervisor, options, ports, tools, env), startCluster()]);
  const { json, configs } = describe(options, ports, cluster.options, servers);
  if (options.workers ?? true) {
    await allOrFirstError(workerServices(json, configs, env).map(async (service) => await supervisor.start(service)));
  }
  return json;
}

/** Like Promise.all, but it ends when all have ended: nothing is still being started when the caller begins to stop. */
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
  const keys = s3Keys(dir);
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

/** What stack.json says, and the workers' configurations that say the same. */
function describe(
  options: StackOptions,
  ports: Ports,
  emulator: EmulatorOptions,
  servers: Pick<StackJson, 'temporal' | 's3'>,
): { json: StackJson; configs: WorkerConfigs } {
  const masters = [`${HOST}:${emulator.ports.masterRpc}`];
  const tservers = emulator.ports.tserverRpc.map((rpc, i) => {
    const dataDir = join(emulator.home, `tserver-${i + 1}`);
    return {
      address: `${HOST}:${rpc}`,
      uuid: instanceUuid(dataDir),
      dataDir,
      http: `${HOST}:${emulator.ports.tserverHttp[i] ?? 0}`,
    };
  });
  const tools = join(emulator.home, 'bin');
  const ysql = { host: HOST, port: emulator.postgres.port, user: 'yugabyte' };
  const metrics = (use: string): string => `${HOST}:${portOf(ports, use)}`;
  const configs = writeWorkerConfigs(
    join(options.home, 'config'),
    {
      cluster: emulator.name,
      masters,
      masterHttp: [`${HOST}:${emulator.ports.masterHttp}`],
      tools,
      ysql,
      s3: servers.s3,
      timing: options.timing,
      metrics: metrics('controlMetrics'),
    },
    tservers.map((tserver, i) => ({ ...tserver, metrics: metrics(`nodeMetrics${i + 1}`) })),
  );
  const json: StackJson = {
    ...servers,
    ysql,
    masters,
    tservers,
    emulator: { control: `http://${HOST}:${emulator.ports.control}` },
    tools,
    config: configs.control,
    processes: [],
  };
  return { json, configs };
}

/** The uuid in a data directory's `instance` file: 32 hex digits that stand there as text. */
function instanceUuid(dataDir: string): string {
  const file = join(dataDir, 'yb-data', 'tserver', 'instance');
  const found = existsSync(file) ? /[0-9a-f]{32}/.exec(readFileSync(file, 'latin1'))?.[0] : undefined;
  if (found === undefined)
    throw new Error(
      `${file} names no tserver: the emulator did not prepare it. Empty the stack with \`npx kalpa dev reset\`.`,
    );
  return found;
}
