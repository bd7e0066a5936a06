// Emulated clusters with their workers, for the fault tests; the requests and the argument are those of clusters.ts. A
// process that has held so many clusters is followed by a fresh one: its memory has grown by then, and with it the
// price of each tool that it starts.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const CLUSTERS_A_PROCESS = 10;

/** A process that holds clusters. */
class Host {
  readonly names = new Set<string>();
  private held = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  static async start(): Promise<Host> {
    const child = spawn(process.execPath, [join(__dirname, 'clusters.js'), process.argv[2] ?? ''], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`A host of clusters ended with ${code} at its start.`)));
      child.stdout.on('data', (chunk) => {
        const ready = /host ready (\S+)/.exec(String(chunk))?.[1];
        if (ready) resolve(ready);
      });
    });
    return new Host(child, url);
  }

  get full(): boolean {
    return this.held >= CLUSTERS_A_PROCESS;
  }

  hold(name: string): void {
    this.held += 1;
    this.names.add(name);
  }

  async ask(method: string, path: string, body: string): Promise<{ status: number; answer: string }> {
    const response = await fetch(`${this.url}${path}`, { method, ...(body === '' ? {} : { body }) });
    return { status: response.status, answer: await response.text() };
  }

  /** Ends when its last clusters have stopped. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}

const hosts = new Set<Promise<Host>>();
let newest: Promise<Host> | undefined;
const ending = new Set<Promise<void>>();

async function hostForOneMore(name: string): Promise<Host> {
  for (;;) {
    const asked = (newest ??= startHost());
    const host = await asked;
    if (!host.full) {
      host.hold(name);
      return host;
    }
    if (newest === asked) newest = undefined;
  }
}

function startHost(): Promise<Host> {
  const starting = Host.start();
  hosts.add(starting);
  starting.catch(() => {
    hosts.delete(starting);
    newest = undefined;
  });
  return starting;
}

async function hostOf(name: string): Promise<Host> {
  for (const host of await Promise.all(hosts)) if (host.names.has(name)) return host;
  throw new Error(`There is no cluster "${name}" here.`);
}

/** A full host whose clusters have all been given back is of no more use. */
async function release(host: Host, name: string): Promise<void> {
  host.names.delete(name);
  if (!host.full || host.names.size > 0) return;
  for (const one of hosts) if ((await one) === host) hosts.delete(one);
  const ended = host.stop();
  ending.add(ended);
  void ended.finally(() => ending.delete(ended));
}

async function handle(request: IncomingMessage): Promise<{ status: number; answer: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  const { method = 'GET', url = '/' } = request;
  const [named = '', process] = url.split('/').slice(2).map(decodeURIComponent);
  const name = method === 'POST' ? (JSON.parse(body) as { name: string }).name : named;
  const host = method === 'POST' ? await hostForOneMore(name) : await hostOf(name);
  const answered = await host.ask(method, url, body);
  const gone = method === 'DELETE' && process === undefined;
  if (gone || (method === 'POST' && answered.status !== 200)) await release(host, name);
  return answered;
}

const server = createServer((request, response) => {
  handle(request).then(
    ({ status, answer }) => {
      response.statusCode = status;
      response.end(answer);
    },
    (error: unknown) => {
      response.statusCode = 500;
      response.end(JSON.stringify({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
    },
  );
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`host ready http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => {
  void (async () => {
    server.close();
    server.closeAllConnections();
    const stopping = [...hosts].map(async (host) => {
      await (await host).stop();
    });
    await Promise.allSettled([...stopping, ...ending]);
    process.exit(0);
  })();
});
