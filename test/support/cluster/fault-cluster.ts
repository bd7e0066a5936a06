import type { Client, WorkflowHandle } from '@temporalio/client';
import type { BackUpDatabaseResult, RestoreDatabaseResult } from '../../../src/contract';
import type { StackJson } from '../../../stack/stack-json';
import type { ClusterRequest } from '../../host/hosted-cluster';
import { backupsOf } from '../store/backup-list';
import { arm, disarm, leftovers, openUploads, ybAdmin } from './cluster-state';
import { newDatabase, SMALL } from './new-database';
import { clientAddress, contentOf, withSql, type SqlAddress } from './sql';
import { start, stackJson, temporalClient, until } from '../stack';

let made = 0;

async function askHost(method: string, path: string, body?: object): Promise<StackJson> {
  const url = process.env['KALPA_TEST_HOST'];
  if (url === undefined) throw new Error('This test needs the host that jest project e2e starts.');
  const response = await fetch(`${url}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const answer = (await response.json()) as StackJson & { error?: string };
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** An emulated cluster of one test, with its own workers, on the stack's Temporal and S3. */
export class FaultCluster {
  private readonly runs: WorkflowHandle[] = [];

  private constructor(
    readonly name: string,
    readonly client: Client,
    private described: StackJson,
  ) {}

  /** `name`: of a cluster that people look at; absent: one of its own. */
  static async make(request: Partial<ClusterRequest> = {}): Promise<FaultCluster> {
    made += 1;
    const name = request.name ?? `f${Date.now().toString(36)}-${made}`; // counters begin anew in each test file
    const client = await temporalClient(stackJson());
    return new FaultCluster(name, client, await askHost('POST', '/clusters', { ...request, name }));
  }

  get json(): StackJson {
    return this.described;
  }

  get ysql(): SqlAddress {
    return clientAddress(this.json);
  }

  /** A small database, `shop`, with rows. Returns its full name. */
  async database(base = 'shop', content = SMALL): Promise<`ysql.${string}`> {
    return `ysql.${await newDatabase(this.json, base, content)}`;
  }

  async start(type: string, input: unknown): Promise<Awaited<ReturnType<typeof start>>> {
    const handle = await start(this.client, type, input, this.name);
    this.runs.push(handle);
    return handle;
  }

  /** Starts it and waits for its result. */
  async run<T>(type: string, input: unknown): Promise<T> {
    return (await (await this.start(type, input)).result()) as T;
  }

  async backUp(database: string, more: object = {}): Promise<BackUpDatabaseResult> {
    return await this.run<BackUpDatabaseResult>('backUpDatabase', { database, ...more });
  }

  async startRestore({ cluster, backupId }: SharedBackup, as: string, more: object = {}) {
    const input = { backup: backupId, fromCluster: cluster.name, as, verify: 'full', ...more };
    return await this.start('restoreDatabase', input);
  }

  async restore(backup: SharedBackup, as: string, more: object = {}): Promise<RestoreDatabaseResult> {
    return (await (await this.startRestore(backup, as, more)).result()) as RestoreDatabaseResult;
  }

  /** Executes statements in a database. */
  async sql(database: string, text: string): Promise<void> {
    await withSql(this.json.ysql, database.replace(/^ysql\./, ''), async (client) => await client.query(text));
  }

  /** Tables and rows of a database, to be compared. */
  async content(name: string): Promise<SharedBackup['content']> {
    return await contentOf(this.json.ysql, name.replace(/^ysql\./, ''));
  }

  /** Arms a fault of the emulator by name. */
  async arm(fault: object): Promise<void> {
    await arm(this.json, fault);
  }

  async disarm(): Promise<void> {
    await disarm(this.json);
  }

  /** yb-admin as a person runs it. */
  async ybAdmin(...args: string[]): Promise<string> {
    return await ybAdmin(this.json, ...args);
  }

  /** Acts on the emulator at once: `tserver`, `leader`, `replica`, `expire`, `ballast`, … */
  async act(path: string, body: object): Promise<void> {
    const response = await fetch(`${this.json.emulator.control}/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** What the emulator did: faults that struck, restorations; until when splitting is paused. */
  async status(): Promise<{
    splittingDisabledUntilMs?: number;
    struck: { name: string }[];
    snapshots: { id: string; state: string }[];
    restorations: { id: string; state: string }[];
  }> {
    const response = await fetch(`${this.json.emulator.control}/status`);
    return (await response.json()) as Awaited<ReturnType<FaultCluster['status']>>;
  }

  /** SIGKILLs a process that this test runs apart, and waits until it has been started again. */
  async kill(name: string): Promise<void> {
    const before = this.pidOf(name);
    process.kill(before, 'SIGKILL');
    await until(`${name} is started again`, async () => {
      this.described = await askHost('GET', `/clusters/${this.name}`);
      return this.pidOf(name) !== before;
    });
  }

  /** Ends a process that this test runs apart, for good. */
  async end(name: string): Promise<void> {
    this.described = await askHost('DELETE', `/clusters/${this.name}/${encodeURIComponent(this.fullName(name))}`);
  }

  /** Waits until a multipart upload of this cluster is open. */
  async untilUploading(): Promise<void> {
    await until('a multipart upload is open', async () =>
      (await openUploads(this.json)).some((line) => line.includes(`/${this.name}/`)),
    );
  }

  private pidOf(name: string): number {
    const full = this.fullName(name);
    const pid = this.json.processes.find((process) => process.name === full)?.pid;
    if (pid === undefined) throw new Error(`${name} does not run apart in ${this.name}.`);
    return pid;
  }

  private fullName(name: string): string {
    const number = /^node-worker-(\d)$/.exec(name)?.[1];
    return number === undefined ? name : `node-worker-${this.json.tservers[Number(number) - 1]?.address ?? ''}`;
  }

  /** Backups as the bucket lists them, oldest first: `<state>`. */
  async backupStates(database: string): Promise<string[]> {
    return (await backupsOf(this.json, this.name, database)).map(({ state }) => state);
  }

  /** Nothing may be left: snapshots, scratch databases, open uploads, a balancer that is off. */
  async leftovers(): Promise<string[]> {
    return await leftovers(this.json, this.name);
  }

  /** Waits until nothing is left behind; fails with what is. */
  async untilClean(): Promise<void> {
    let left: string[] = [];
    await until('nothing is left behind', async () => (left = await this.leftovers()).length === 0).catch(() => {
      throw new Error(`Left behind on ${this.name}: ${left.join('; ')}`);
    });
  }

  /** Ends what still runs, then the cluster. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.runs.map(async (run) => await run.terminate('the test is over')));
    await askHost('DELETE', `/clusters/${this.name}`);
    await this.client.connection.close();
  }
}

/** Runs one test on a cluster of its own; nothing may be left behind on it. */
export async function onCluster(
  request: Omit<ClusterRequest, 'name'>,
  work: (cluster: FaultCluster) => Promise<void>,
): Promise<void> {
  const cluster = await FaultCluster.make(request);
  try {
    await work(cluster);
    await cluster.disarm();
    await cluster.untilClean();
  } finally {
    await cluster.stop();
  }
}

/** A backup that a file's restores share, of a database that stays as it was backed up. */
export interface SharedBackup {
  cluster: FaultCluster;
  backupId: string;
  content: Awaited<ReturnType<typeof contentOf>>;
}

/** Makes it at the first call. `ballast`: bytes of big files, so that a copy takes a while. */
export function sharedBackup(request: Omit<ClusterRequest, 'name'> = {}, ballast = 0) {
  let made: Promise<SharedBackup> | undefined;
  const make = async (): Promise<SharedBackup> => {
    const cluster = await FaultCluster.make(request);
    const database = await cluster.database();
    if (ballast > 0) await cluster.act('ballast', { database: database.slice(5), bytes: ballast / 20, files: 20 });
    const { backupId } = await cluster.backUp(database, { fingerprint: 'full' });
    return { cluster, backupId, content: await contentOf(cluster.json.ysql, database.slice(5)) };
  };
  return {
    get: async (): Promise<SharedBackup> => await (made ??= make()),
    stop: async (): Promise<void> => {
      if (made) await (await made).cluster.stop();
    },
  };
}
