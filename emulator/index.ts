import type { Server } from 'node:net';
import { Cluster } from './cluster';
import type { EmulatorOptions } from './options';
import { controlServer } from './web/control-port';
import { masterRpcServer } from './web/master-rpc';
import { masterHttpServer, tserverHttpServer } from './web/pages';
import { ycqlServer } from './web/ycql-port';
import { ysqlServer } from './ysql/ysql-port';

export { ysqlAddress, type EmulatorOptions } from './options';
export { prepareCluster } from './prepare-cluster';
export { RELEASE_NAMES } from './releases';

/** A server that can end the connections that it has. */
type Listening = Server & { closeAllConnections(): void };

/**
 * Serves an emulated cluster, whose folder `prepareCluster` made, until it is stopped. Its PostgreSQL must run already.
 */
export async function startEmulator(options: EmulatorOptions): Promise<{ stop(): Promise<void> }> {
  const cluster = new Cluster(options);
  await cluster.start();
  const { host, ports } = options;
  const masters: [Listening, number][] = [
    [masterRpcServer(cluster), ports.masterRpc],
    [masterHttpServer(cluster), ports.masterHttp],
  ];
  const servers: [Listening, number][] = [
    ...masters,
    ...ports.tserverHttp.map((port, i): [Listening, number] => [tserverHttpServer(cluster, i), port]),
    [controlServer(cluster), ports.control],
    [ycqlServer(cluster), ports.ycql],
    [ysqlServer(cluster), ports.ysql],
  ];
  let back: NodeJS.Timeout | undefined;
  cluster.masterPorts = {
    down: (ms) => {
      clearTimeout(back);
      for (const [server] of masters) {
        server.closeAllConnections();
        server.close();
      }
      back = setTimeout(() => {
        for (const [server, port] of masters) if (!server.listening) server.listen(port, host);
      }, ms);
    },
  };
  const stop = async (): Promise<void> => {
    clearTimeout(back);
    for (const [server] of servers) {
      server.closeAllConnections();
      server.close();
    }
    await cluster.stop();
  };
  try {
    await Promise.all(
      servers.map(async ([server, port]) => {
        await listen(server, port, host);
      }),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      resolve();
    });
  });
}
