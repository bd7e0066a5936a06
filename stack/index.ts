import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCluster, type EmulatorOptions } from '../emulator';
import { choosePorts, type Ports } from './free-ports';
import { copyPrepared, postgresRunner, postgresService, preparePostgres, type PostgresRunner } from './postgres';
import { S3_PORTS, seaweedfsService } from './seaweedfs';
import { removeStackJson, writeStackJson, type StackJson } from './stack-json';
import { endLeftovers, recordedStack, Supervisor, type ServiceSpec } from './supervisor';
import { raiseRetention, temporalService } from './temporal';
import { packageFolder, stackTools } from './tools';
import { writeWorkerConfigs } from './worker-config';

export type { StackJson } from './stack-json';

const HOST = '127.0.0.1';
const BUCKET = 'kalpa';
const REGION = 'us-east-1';
/** Of a store that only this machine's user reaches. */
const KEYS = { accessKeyId: 'kalpa-embedded', secretAccessKey: 'kalpa-embedded-only' };

export interface StackOptions {
  /** Everything of the stack is below this folder. */
  home: string;
  cluster?: string;
  dialect?: '2.6' | '2025.1';
  /** Prefer 7233, 8233 and 5433. */
  preferredPorts?: boolean;
  /** Without workers: servers and emulator only. */
  workers?: boolean;
  /** `timing:` of the workers' kalpa.yaml. */
  timing?: Record<string, string>;
  emulatorTiming?: NonNullable<EmulatorOptions['timing']>;
  /** Temporal and S3 of another stack, which are used instead of own ones. */
  servers?: Pick<StackJson, 'temporal' | 's3'>;
  /** Under which prefix of the bucket. */
  prefix?: string;
  onLine?: (line: string) => void;
  /** Asked while it starts; true ends the start and everything that it began. */
  cancelled?: () => boolean;
}

/** A stack that serves. */
export interface RunningStack {
  json: StackJson;
  /** Sends a signal to one process; it is restarted. Returns the pid. */
  kill(name: string, signal?: NodeJS.Signals): number;
  /** Ends a process for good. */
  end(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Temporal, S3, the emulated cluster and the workers, and waits until all of them serve. */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const { home } = options;
  const say = options.onLine ?? (() => undefined);
  mkdirSync(home, { recursive: true });
  const earlier = recordedStack(home);
  if (earlier.running)
    throw new Error(`A stack is running in ${home} already. Stop it first (Ctrl-C where it was started).`);
  removeStackJson(home);
  if (earlier.leftovers.length > 0) {
    say(`ending ${earlier.leftovers.length} processes of an earlier start that was killed`);
    await endLeftovers(earlier.leftovers);
  }
  const tools = stackTools();
  const runner = postgresRunner(tools.pgBin);
  if (runner.note !== undefined) say(runner.note);
  const ports = await choosePorts(join(home, 'ports.json'), portUses(options));
  let json: StackJson | undefined;
  const supervisor: Supervisor = new Supervisor(
    home,
    () => {
      if (json) writeStackJson(home, (json = { ...json, processes: supervisor.pids() }));
    },
    options.cancelled,
  );
  try {
    const cluster = await prepareDatabase(options, ports, runner, tools.pgBin);
    const temporal = options.servers?.temporal ?? {
      address: `${HOST}:${ports['temporal']}`,
      ui: `http://${HOST}:${ports['temporalUi']}`,
      namespace: 'default',
      cli: tools.temporal,
    };
    const s3 = options.servers?.s3 ?? {
      endpoint: `http://${HOST}:${ports['s3']}`,
      region: REGION,
      bucket: BUCKET,
      prefix: options.prefix ?? 'backups',
      ...KEYS,
    };
    await Promise.all([
      ...(options.servers ? [] : [startServers(supervisor, options, ports, tools)]),
      supervisor.start(cluster.postgres).then(async () => {
        await supervisor.start(cluster.emulator);
      }),
    ]);
    if (!options.servers) await raiseRetention(tools.temporal, temporal.address);
    const described = describe(options, ports, cluster.emulatorOptions, {
      temporal,
      s3: { ...s3, prefix: options.prefix ?? s3.prefix },
    });
    if (options.workers ?? true) await startWorkers(supervisor, described);
    json = { ...described.json, processes: supervisor.pids() };
    writeStackJson(home, json);
    const ready = json;
    return {
      get json() {
        return json ?? ready;
      },
      kill: (name, signal) => supervisor.kill(name, signal),
      end: async (name) => {
        await supervisor.end(name);
      },
      stop: async () => {
        json = undefined;
        removeStackJson(home);
        await supervisor.stop();
      },
    };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

function portUses({ preferredPorts, servers }: StackOptions): Record<string, number | undefined> {
  const preferred = (port: number): number | undefined => (preferredPorts ? port : undefined);
  const own = servers
    ? {}
    : {
        temporal: preferred(7233),
        temporalUi: preferred(8233),
        temporalHttp: undefined,
        temporalMetrics: undefined,
        ...Object.fromEntries(S3_PORTS.map((use) => [use, undefined])),
      };
  const cluster = [
    'masterRpc',
    'masterHttp',
    'tserverRpc1',
    'tserverRpc2',
    'tserverRpc3',
    'tserverHttp1',
    'tserverHttp2',
    'tserverHttp3',
    'emulatorControl',
  ];
  return { ...own, postgres: preferred(5433), ...Object.fromEntries(cluster.map((use) => [use, undefined])) };
}

async function startServers(
  supervisor: Supervisor,
  { home }: StackOptions,
  ports: Ports,
  tools: ReturnType<typeof stackTools>,
): Promise<void> {
  await Promise.all([
    supervisor.start(
      temporalService(tools.temporal, {
        database: join(home, 'temporal', 'temporal.db'),
        port: port(ports, 'temporal'),
        uiPort: port(ports, 'temporalUi'),
        httpPort: port(ports, 'temporalHttp'),
        metricsPort: port(ports, 'temporalMetrics'),
      }),
    ),
    supervisor.start(seaweedfsService(tools.weed, { dir: join(home, 's3'), ports, keys: KEYS, bucket: BUCKET })),
  ]);
}

const port = (ports: Ports, use: string): number => ports[use] ?? 0;

/** Data directory, emulator options and the services of the emulated cluster. */
async function prepareDatabase(options: StackOptions, ports: Ports, runner: PostgresRunner, pgBin: string) {
  const home = join(options.home, 'cluster');
  mkdirSync(home, { recursive: true });
  const dataDir = runner.place === undefined ? join(home, 'postgres') : join(runner.place, 'data');
  const template = join(packageFolder, '.kalpa', 'tools', 'postgres-template');
  if (runner.place === undefined) {
    await preparePostgres(template, runner);
    copyPrepared(template, dataDir);
  } else {
    await preparePostgres(dataDir, runner);
  }
  const emulatorOptions: EmulatorOptions = {
    home,
    name: options.cluster ?? 'demo',
    dialect: options.dialect ?? '2025.1',
    host: HOST,
    ports: {
      masterRpc: port(ports, 'masterRpc'),
      masterHttp: port(ports, 'masterHttp'),
      tserverRpc: [port(ports, 'tserverRpc1'), port(ports, 'tserverRpc2'), port(ports, 'tserverRpc3')],
      tserverHttp: [port(ports, 'tserverHttp1'), port(ports, 'tserverHttp2'), port(ports, 'tserverHttp3')],
      control: port(ports, 'emulatorControl'),
    },
    postgres: { host: HOST, port: port(ports, 'postgres'), user: 'yugabyte' },
    ...(options.emulatorTiming ? { timing: options.emulatorTiming } : {}),
  };
  await prepareCluster(emulatorOptions, { pgBin, node: process.execPath });
  const emulator: ServiceSpec = {
    name: 'emulator',
    command: process.execPath,
    args: [join(packageFolder, 'dist', 'emulator', 'main.js'), join(home, 'cluster.json')],
    ready: (log) => log.includes('emulator ready'),
  };
  return {
    emulatorOptions,
    emulator,
    postgres: postgresService(runner, { dataDir, port: port(ports, 'postgres'), socketDir: runner.place ?? dataDir }),
  };
}

function describe(
  options: StackOptions,
  ports: Ports,
  emulator: EmulatorOptions,
  servers: Pick<StackJson, 'temporal' | 's3'>,
) {
  const masters = [`${HOST}:${emulator.ports.masterRpc}`];
  const tservers = [0, 1, 2].map((i) => {
    const dataDir = join(emulator.home, `tserver-${i + 1}`);
    return {
      address: `${HOST}:${emulator.ports.tserverRpc[i] ?? 0}`,
      uuid: instanceUuid(dataDir),
      dataDir,
      http: `${HOST}:${emulator.ports.tserverHttp[i] ?? 0}`,
    };
  });
  const tools = join(emulator.home, 'bin');
  const ysql = { host: HOST, port: emulator.postgres.port, user: 'yugabyte' };
  const settings = {
    cluster: emulator.name,
    masters,
    masterHttp: [`${HOST}:${emulator.ports.masterHttp}`],
    tools,
    ysql,
    s3: servers.s3,
    timing: options.timing,
  };
  const configs = writeWorkerConfigs(join(options.home, 'config'), settings, tservers);
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
  if (!existsSync(file)) return '';
  return /[0-9a-f]{32}/.exec(readFileSync(file, 'latin1').slice(-200))?.[0] ?? '';
}

async function startWorkers(supervisor: Supervisor, { json, configs }: ReturnType<typeof describe>): Promise<void> {
  const worker = (name: string, role: 'control' | 'node', config: string): ServiceSpec => ({
    name,
    command: process.execPath,
    args: [join(packageFolder, 'dist', 'src', 'cli', 'main.js'), 'worker', role, '--config', config],
    env: {
      ...process.env,
      UV_THREADPOOL_SIZE: '16',
      TEMPORAL_ADDRESS: json.temporal.address,
      TEMPORAL_NAMESPACE: json.temporal.namespace,
      KALPA_UI: json.temporal.ui,
      AWS_ACCESS_KEY_ID: json.s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: json.s3.secretAccessKey,
    },
    ready: (log) => log.includes('worker ready'),
    stopWithinMs: 30_000,
  });
  await Promise.all([
    supervisor.start(worker('control-worker', 'control', configs.control)),
    ...json.tservers.map(async ({ address }, i) => {
      await supervisor.start(worker(`node-worker-${address}`, 'node', configs.nodes[i] ?? ''));
    }),
  ]);
}
