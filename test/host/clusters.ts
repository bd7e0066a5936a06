// Several emulated clusters with their workers in one process: `POST /clusters`, `GET` and `DELETE /clusters/<name>`,
// `DELETE /clusters/<name>/<process>`. Argument: a JSON file with { home, temporal, s3, timing }. Prints
// `host ready <url>`.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { StackJson } from '../../stack/stack-json';
import { HostedCluster, type ClusterRequest } from './hosted-cluster';

interface HostSettings extends Pick<StackJson, 'temporal' | 's3' | 'signing'> {
  home: string;
  timing: Record<string, string>;
}

const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as HostSettings;
// Every cluster has the same store, and its keys come from the environment, as in a worker of its own.
process.env['AWS_ACCESS_KEY_ID'] = settings.s3.roles.control.accessKeyId;
process.env['AWS_SECRET_ACCESS_KEY'] = settings.s3.roles.control.secretAccessKey;
const clusters = new Map<string, HostedCluster>();
const ending = new Set<Promise<void>>();

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Ports are chosen before they are bound, and another cluster may take one in between: then others are chosen. */
async function started(wanted: ClusterRequest): Promise<HostedCluster> {
  for (let attempt = 1; ; attempt += 1) {
    const cluster = new HostedCluster(join(settings.home, wanted.name), wanted);
    try {
      await cluster.start(settings, settings.timing);
      return cluster;
    } catch (error) {
      await cluster.stop();
      if (attempt === 3 || !/EADDRINUSE|in use/i.test(String(error))) throw error;
    }
  }
}

async function handle(request: IncomingMessage): Promise<object> {
  if (request.method === 'POST') {
    const wanted = JSON.parse(await bodyOf(request)) as ClusterRequest;
    const cluster = await started(wanted);
    clusters.set(wanted.name, cluster);
    return cluster.json;
  }
  const [name = '', part] = (request.url ?? '').split('/').slice(2).map(decodeURIComponent);
  const cluster = clusters.get(name);
  if (!cluster) throw new Error(`There is no cluster "${name}" here.`);
  if (request.method === 'GET') return cluster.json;
  if (part !== undefined) {
    await cluster.end(part);
    return cluster.json;
  }
  clusters.delete(name);
  const ended = cluster.stop().catch((error: unknown) => {
    console.error(`The cluster ${name} did not stop in order:`, error);
  });
  ending.add(ended); // the next test need not wait for it
  void ended.finally(() => ending.delete(ended));
  return {};
}

Runtime.install({
  logger: new DefaultLogger('WARN'),
  telemetryOptions: {
    logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
  },
  shutdownSignals: [],
});
const server = createServer((request, response) => {
  handle(request).then(
    (answer) => response.end(JSON.stringify(answer)),
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
    await Promise.all([...[...clusters.values()].map(async (cluster) => await cluster.stop()), ...ending]);
    process.exit(0);
  })();
});
