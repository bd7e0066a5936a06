import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { startEmulator } from '../../emulator';
import { loadConfig } from '../../src/config';
import { prepareControlWorker } from '../../src/worker/control';
import { prepareJanitorWorker } from '../../src/worker/janitor';
import { prepareNodeWorker } from '../../src/worker/node';
import type { PreparedWorker } from '../../src/worker/prepared-worker';
import { prepareEmulatedCluster, type Dialect } from '../../stack/cluster';
import { describeStack } from '../../stack/describe-stack';
import { stackEnvironment } from '../../stack/environment';
import { HOST } from '../../stack/host';
import { leaveHome, takeHome } from '../../stack/processes/process-record';
import type { StackJson } from '../../stack/stack-json';
import { chooseStackPorts } from '../../stack/stack-ports';
import { Supervisor, type ServiceSpec } from '../../stack/processes/supervisor';
import { stackTools } from '../../stack/tools';
import { workerServices } from '../../stack/worker-services';

export interface ClusterRequest {
  /** Name of the cluster: its queues, its lock, its part of the bucket. */
  name: string;
  dialect?: Dialect;
  /**
   * What the test kills, and therefore runs as a process of its own: `emulator`, `control-worker`, `janitor`,
   * `node-worker-1` … `3`. Absent: everything but PostgreSQL is in the host's process.
   */
  apart?: string[];
  /** Over the short timings that the other clusters have. */
  timing?: Record<string, string>;
  /** Where the workers reach S3, when something stands before it. */
  s3Endpoint?: string;
  /** A store of the test's own instead of the stack's. Its workers run apart: their keys come from the environment. */
  s3?: StackJson['s3'];
  /** `repository.objectLock` of the control worker's configuration. */
  objectLock?: object;
  /** Node workers that are not started: 1, 2, 3. */
  without?: number[];
  /** With a janitor: what deletes backups needs one. */
  janitor?: boolean;
  /** `policies:` of the control worker's configuration. */
  policies?: object;
}

const PREPARE = { control: prepareControlWorker, node: prepareNodeWorker, janitor: prepareJanitorWorker } as const;

interface Servers {
  temporal: StackJson['temporal'];
  s3: StackJson['s3'];
  /** The same for all, so that they restore each other's backups. */
  signing: StackJson['signing'];
}

/** One emulated cluster with its workers, on someone else's Temporal and S3. */
export class HostedCluster {
  private readonly supervisor: Supervisor;
  private readonly running: { worker: PreparedWorker; ended: Promise<void> }[] = [];
  private emulator: { stop(): Promise<void> } | undefined;
  private described: StackJson | undefined;

  constructor(
    private readonly home: string,
    private readonly request: ClusterRequest,
  ) {
    this.supervisor = new Supervisor(home);
  }

  /** What a test has to know; pids are those of now. */
  get json(): StackJson {
    if (!this.described) throw new Error(`The cluster ${this.request.name} has not been started.`);
    return { ...this.described, processes: this.supervisor.pids() };
  }

  async start(servers: Servers, timing: Record<string, string>): Promise<void> {
    const { home, request, supervisor } = this;
    const env = stackEnvironment(home);
    await takeHome(home, () => undefined);
    const ports = await chooseStackPorts(home, { ownServers: false, preferred: false });
    const cluster = await prepareEmulatedCluster({
      home,
      name: request.name,
      host: HOST,
      ports,
      tools: stackTools(),
      dialect: request.dialect,
      env,
      discard: true,
    });
    const { json, configs } = describeStack(
      { home, timing: { ...timing, ...request.timing }, signing: servers.signing, policies: request.policies },
      ports,
      cluster.options,
      {
        temporal: servers.temporal,
        s3: { ...(request.s3 ?? servers.s3), ...(request.s3Endpoint ? { endpoint: request.s3Endpoint } : {}) },
      },
    );
    this.described = json;
    if (request.objectLock) addToRepository(configs.control, { objectLock: request.objectLock });
    await supervisor.start(cluster.postgres);
    if (this.isApart('emulator')) await supervisor.start(cluster.emulator);
    else this.emulator = await startEmulator(cluster.options);
    const services = workerServices(json, configs, env);
    const janitor = services.find(({ name }) => name === 'janitor');
    if (request.janitor && janitor) {
      if (this.isApart('janitor')) await supervisor.start(janitor);
      else await this.startInside(janitor, 'janitor');
    }
    const workers = services.filter((service) => service !== janitor).map((service, number) => ({ service, number }));
    await Promise.all(
      workers
        .filter(({ number }) => !(request.without ?? []).includes(number))
        .map(async ({ service, number }) => {
          if (this.isApart(number === 0 ? 'control-worker' : `node-worker-${number}`)) await supervisor.start(service);
          else await this.startInside(service, number === 0 ? 'control' : 'node');
        }),
    );
  }

  /** Workers, then the cluster; its folder goes too. */
  async stop(): Promise<void> {
    for (const { worker } of this.running) worker.shutdown();
    await Promise.allSettled(this.running.map(async ({ ended }) => await ended));
    await this.emulator?.stop();
    await this.supervisor.stop();
    leaveHome(this.home);
    await keepLogs(this.home, this.request.name);
    await rm(this.home, { recursive: true, force: true });
  }

  /** Ends a process that runs apart, for good. */
  async end(process: string): Promise<void> {
    await this.supervisor.end(process);
  }

  private isApart(name: string): boolean {
    return this.request.apart?.includes(name) ?? false;
  }

  /** The worker that this service would be, in this process. */
  private async startInside({ args, env = {} }: ServiceSpec, role: keyof typeof PREPARE): Promise<void> {
    const config = loadConfig({ file: args.at(-1), env, cwd: this.home });
    const worker = await PREPARE[role](config, env);
    this.running.push({ worker, ended: worker.run() });
  }
}

function addToRepository(file: string, settings: object): void {
  const config = parse(readFileSync(file, 'utf8')) as { repository: object };
  writeFileSync(file, stringify({ ...config, repository: { ...config.repository, ...settings } }));
}

/** They are searched when all tests have ended. */
async function keepLogs(home: string, name: string): Promise<void> {
  const kept = join(dirname(home), 'logs-of-ended', name);
  await rm(kept, { recursive: true, force: true });
  await mkdir(dirname(kept), { recursive: true });
  await rename(join(home, 'logs'), kept).catch(() => undefined); // it failed to start
}
