import type { Server } from 'node:http';
import { Cluster } from './cluster';
import { controlServer } from './control-port';
import { masterHttpServer, tserverHttpServer } from './http-pages';
import { masterRpcServer } from './master-rpc';
import type { EmulatorOptions } from './options';

export type { EmulatorOptions } from './options';
export { prepareCluster } from './prepare';

/** Serves an emulated cluster until it is stopped. */
export async function startEmulator(options: EmulatorOptions): Promise<{ stop(): Promise<void> }> {
  const cluster = new Cluster(options);
  await cluster.start();
  const { host, ports } = options;
  const servers: [Server, number][] = [
    [masterRpcServer(cluster), ports.masterRpc],
    [masterHttpServer(cluster), ports.masterHttp],
    ...ports.tserverHttp.map((port, i): [Server, number] => [tserverHttpServer(cluster, i), port]),
    [controlServer(cluster), ports.control],
  ];
  await Promise.all(servers.map(([server, port]) => listen(server, port, host)));
  return {
    stop: async () => {
      for (const [server] of servers) {
        server.closeAllConnections();
        server.close();
      }
      await cluster.stop();
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      resolve();
    });
  });
}
