import { statfsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Cluster } from './cluster';
import { RELEASES } from './options';
import { dataDir } from './paths';

const address = (cluster: Cluster, i: number): string =>
  `${cluster.options.host}:${cluster.options.ports.tserverRpc[i] ?? 0}`;
const version = (cluster: Cluster): object => ({
  version_number: RELEASES[cluster.options.dialect],
  build_number: '1',
  git_hash: 'emulator',
  build_type: 'RELEASE',
});
const flags = (values: Record<string, string>): object => ({
  flags: Object.entries(values).map(([name, value]) => ({ name, value, type: 'Custom' })),
});

type Page = (cluster: Cluster) => Promise<object> | object;

const masterPages: Record<string, Page> = {
  '/api/v1/version': version,
  '/api/v1/is-leader': () => ({ STATUS: 'OK' }),
  '/api/v1/health-check': () => ({ dead_nodes: [], under_replicated_tablets: [] }),
  '/api/v1/masters': (cluster) => ({
    masters: [{ instance_id: { permanent_uuid: cluster.catalogue.masterUuid }, role: 'LEADER' }],
  }),
  '/api/v1/varz': (cluster) =>
    flags({
      rpc_bind_addresses: `${cluster.options.host}:${cluster.options.ports.masterRpc}`,
      default_snapshot_retention_hours: '24',
      enable_db_clone: 'false',
    }),
  '/api/v1/tablet-servers': (cluster) => ({
    '': Object.fromEntries(
      cluster.catalogue.tservers.map(({ uuid, alive }, i) => [
        `${cluster.options.host}:${cluster.options.ports.tserverHttp[i] ?? 0}`,
        tserverEntry(cluster, { uuid, alive, i }),
      ]),
    ),
  }),
  '/dump-entities': async (cluster) => await entities(cluster),
};

function tserverEntry(cluster: Cluster, { uuid, alive, i }: { uuid: string; alive: boolean; i: number }): object {
  const path = dataDir(cluster.options.home, i);
  const { bsize, blocks, bavail } = statfsSync(path);
  return {
    time_since_hb: alive ? '0.5s' : '75.0s',
    time_since_hb_sec: alive ? 0.5 : 75,
    status: alive ? 'ALIVE' : 'DEAD',
    uptime_seconds: 4132,
    permanent_uuid: uuid,
    path_metrics: [{ path, space_used: (blocks - bavail) * bsize, total_space_size: blocks * bsize }],
    cloud: 'local',
    region: 'local',
    zone: `local${i + 1}`,
  };
}

async function entities(cluster: Cluster): Promise<object> {
  const databases = await cluster.everything();
  const { tservers } = cluster.catalogue;
  return {
    keyspaces: databases.map(({ id, name }) => ({ keyspace_id: id, keyspace_name: name, keyspace_type: 'ysql' })),
    tables: databases.flatMap(({ id, tables }) =>
      tables.map((table) => ({ table_id: table.id, keyspace_id: id, table_name: table.name, state: 'RUNNING' })),
    ),
    tablets: databases.flatMap(({ tables }) =>
      tables.flatMap((table) =>
        table.tablets.map((tablet) => ({
          table_id: table.id,
          tablet_id: tablet.id,
          state: 'RUNNING',
          replicas: tservers.map(({ uuid }, i) => ({ type: 'VOTER', server_uuid: uuid, addr: address(cluster, i) })),
          leader: tservers[tablet.leader]?.uuid,
        })),
      ),
    ),
  };
}

function tserverPages(i: number): Record<string, Page> {
  return {
    '/api/v1/version': version,
    '/api/v1/health-check': () => ({ failed_tablets: [] }),
    '/api/v1/varz': (cluster) =>
      flags({
        fs_data_dirs: dataDir(cluster.options.home, i),
        rpc_bind_addresses: address(cluster, i),
        server_broadcast_addresses: address(cluster, i),
        timestamp_history_retention_interval_sec: '900',
      }),
    '/api/v1/tablets': async (cluster) => await tabletsOf(cluster, i),
  };
}

async function tabletsOf(cluster: Cluster, i: number): Promise<object> {
  const databases = await cluster.everything();
  const entries = databases.flatMap((database) =>
    database.tables.flatMap((table) =>
      table.tablets.map((tablet) => {
        const { files, bytes } = cluster.tablets.sizeOf(cluster.tablets.place(i, table, tablet));
        const raft = [0, 1, 2].map((one) => ({
          [one === tablet.leader ? 'LEADER' : 'FOLLOWER']: address(cluster, one),
        }));
        return [
          tablet.id,
          {
            namespace: database.name,
            table_name: table.name,
            table_id: table.id,
            partition: `hash_split: [0x${tablet.start || '0000'}, 0x${tablet.end || 'FFFF'}]`,
            state: 'RUNNING',
            hidden: false,
            num_sst_files: files,
            on_disk_size: { total_size_bytes: bytes, sst_files_size_bytes: bytes },
            raft_config: raft,
          },
        ];
      }),
    ),
  );
  return Object.fromEntries(entries) as object;
}

function pageServer(cluster: Cluster, pages: Record<string, Page>, up: () => boolean): Server {
  return createServer((request, response) => {
    if (!up()) {
      request.socket.destroy(); // a dead tserver answers nothing
      return;
    }
    const page = pages[new URL(request.url ?? '/', 'http://emulator').pathname];
    void (async () => {
      response.statusCode = page ? 200 : 404;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(page ? await page(cluster) : { error: 'no such page' }));
    })().catch((error: unknown) => {
      response.statusCode = 500;
      response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    });
  });
}

/** Web pages of the master, then of each tserver. */
export const masterHttpServer = (cluster: Cluster): Server => pageServer(cluster, masterPages, () => true);
export const tserverHttpServer = (cluster: Cluster, i: number): Server =>
  pageServer(cluster, tserverPages(i), () => cluster.catalogue.tservers[i]?.alive ?? false);
