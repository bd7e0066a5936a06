import { createServer, type Server } from 'node:http';
import type { Cluster } from './cluster';
import type { Fault } from './faults';
import { bodyOf } from './master-rpc';

/** Faults and ballast, over HTTP: what `bin/fault` and tests use. */
export function controlServer(cluster: Cluster): Server {
  return createServer((request, response) => {
    void (async () => {
      const path = new URL(request.url ?? '/', 'http://emulator').pathname;
      const body =
        request.method === 'POST'
          ? (JSON.parse((await bodyOf(request)).toString('utf8') || '{}') as Record<string, unknown>)
          : {};
      const result = await handle(cluster, `${request.method ?? 'GET'} ${path}`, body);
      response.statusCode = result === undefined ? 404 : 200;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(result ?? { error: 'GET, POST, DELETE /faults; POST /ballast; POST /tserver' }));
    })().catch((error: unknown) => {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    });
  });
}

async function handle(cluster: Cluster, what: string, body: Record<string, unknown>): Promise<object | undefined> {
  switch (what) {
    case 'GET /faults':
      return cluster.faults.list();
    case 'POST /faults':
      cluster.faults.arm(body as unknown as Fault);
      return cluster.faults.list();
    case 'DELETE /faults':
      cluster.faults.clear();
      return [];
    case 'POST /tserver':
      cluster.setAlive(Number(body['tserver']), body['alive'] === true);
      return cluster.catalogue.tservers;
    case 'POST /ballast':
      return await ballast(cluster, String(body['database']), Number(body['bytes']), Number(body['files'] ?? 1));
    default:
      return undefined;
  }
}

/** Spreads big files over the first table's tablets. */
async function ballast(cluster: Cluster, name: string, bytes: number, files: number): Promise<object> {
  const database = await cluster.database(name);
  const tables = database?.tables.filter(({ kind }) => kind === 'r') ?? [];
  if (tables.length === 0) throw new Error(`database ${name} has no table`);
  for (let n = 0; n < files; n += 1) {
    const table = tables[n % tables.length];
    const tablet = table?.tablets[n % 3];
    if (table && tablet) cluster.tablets.ballast(table, tablet, bytes);
  }
  return { files, bytes };
}
