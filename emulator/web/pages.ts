import { createServer, type Server } from 'node:http';
import { statfsSync } from 'node:fs';
import type { Cluster } from '../cluster';
import { apiOf, masterAddress, shownName, tserverAddress } from '../commands/command';
import { catalogTables } from '../commands/tables';
import { has, RELEASES, type Feature } from '../releases';
import { dataDir } from '../paths';
import { tabletMetrics } from './tablet-metrics';
import { tabletsJson, tabletsPage } from './tablets-pages';

/** A body as JSON, or text as it stands. */
type Page = (cluster: Cluster) => Promise<object | string> | object | string;

/** Pages that were added in later releases. */
const LATER: Readonly<Record<string, Feature>> = { '/api/v1/varz': 'varzJson', '/api/v1/tablets': 'tabletsJson' };

const version = ({ options }: Cluster): object => ({
  git_hash: 'emulator',
  build_hostname: 'emulator',
  build_timestamp: '01 Jan 2025 00:00:00 UTC',
  build_username: 'emulator',
  build_clean_repo: true,
  build_id: '1',
  build_type: 'RELEASE',
  version_number: RELEASES[options.dialect],
  build_number: '1',
});

const flagsPage = (flags: Record<string, string>): object => ({
  flags: Object.entries(flags).map(([name, value]) => ({ name, value, type: 'Custom' })),
});

const masterFlags = (cluster: Cluster): Record<string, string> => ({
  rpc_bind_addresses: masterAddress(cluster),
  master_addresses: masterAddress(cluster),
  replication_factor: '3',
  enable_db_clone: 'false',
  ...(has(cluster.options.dialect, 'snapshotsExpire') ? { default_snapshot_retention_hours: '24' } : {}),
  ...cluster.state.flags,
});

const tserverFlags = (cluster: Cluster, i: number): Record<string, string> => ({
  fs_data_dirs: dataDir(cluster.options.home, i),
  rpc_bind_addresses: tserverAddress(cluster, i),
  server_broadcast_addresses: tserverAddress(cluster, i),
  placement_cloud: 'local',
  placement_region: 'local',
  placement_zone: `local${i + 1}`,
  timestamp_history_retention_interval_sec: '900',
});

function masterPages(): Record<string, Page> {
  return {
    '/api/v1/version': version,
    '/api/v1/is-leader': () => ({ STATUS: 'OK' }),
    '/api/v1/health-check': ({ state }) => ({
      dead_nodes: state.tservers.filter(({ alive }) => !alive).map(({ uuid }) => uuid),
      most_recent_uptime: 60,
      under_replicated_tablets: [],
    }),
    '/api/v1/masters': (cluster) => ({
      masters: [
        {
          instance_id: { permanent_uuid: cluster.state.masterUuid, instance_seqno: '1' },
          registration: {
            private_rpc_addresses: [hostPort(masterAddress(cluster))],
            http_addresses: [{ host: cluster.options.host, port: cluster.options.ports.masterHttp }],
          },
          role: 'LEADER',
        },
      ],
    }),
    '/api/v1/varz': (cluster) => flagsPage(masterFlags(cluster)),
    '/api/v1/tablet-servers': tabletServers,
    '/dump-entities': dumpEntities,
  };
}

const hostPort = (address: string): { host: string; port: number } => ({
  host: address.replace(/:\d+$/, ''),
  port: Number(/\d+$/.exec(address)?.[0]),
});

function tabletServers(cluster: Cluster): object {
  const { options, state } = cluster;
  const tablets = state.databases.flatMap(({ tables }) => tables.flatMap((table) => table.tablets));
  const servers = state.tservers.map(({ uuid, alive, downSinceMs, pretendFreeBytes }, i) => {
    const path = dataDir(options.home, i);
    const { bsize, blocks, bavail } = statfsSync(path);
    const sinceSeconds = alive ? 0.5 : (Date.now() - (downSinceMs ?? Date.now())) / 1000 + 60;
    const own = tablets.filter(({ replicas }) => replicas.includes(i));
    return [
      `${options.host}:${options.ports.tserverHttp[i] ?? 0}`,
      {
        time_since_hb: `${sinceSeconds.toFixed(1)}s`,
        time_since_hb_sec: sinceSeconds,
        status: alive ? 'ALIVE' : 'DEAD',
        uptime_seconds: alive ? Math.round((Date.now() - state.startedMs) / 1000) : 0,
        ram_used: '26.21 MB',
        ram_used_bytes: 26214400,
        num_sst_files: own.reduce((sum, { files }) => sum + files.length, 0),
        total_sst_file_size: '0 B',
        total_sst_file_size_bytes: 0,
        uncompressed_sst_file_size: '0 B',
        uncompressed_sst_file_size_bytes: 0,
        path_metrics: [
          { path, space_used: blocks * bsize - (pretendFreeBytes ?? bavail * bsize), total_space_size: blocks * bsize },
        ],
        read_ops_per_sec: 0,
        write_ops_per_sec: 0,
        user_tablets_total: own.length,
        user_tablets_leaders: own.filter(({ leader }) => leader === i).length,
        system_tablets_total: 0,
        system_tablets_leaders: 0,
        active_tablets: own.length,
        cloud: 'local',
        region: 'local',
        zone: `local${i + 1}`,
        ...(has(options.dialect, 'tserverUuid') ? { permanent_uuid: uuid } : {}),
      },
    ] as const;
  });
  return { '': Object.fromEntries(servers) };
}

/** Keyspaces that every cluster has (from a page that #3973 quotes). */
const OF_THE_CLUSTER = [
  { id: '00000000000000000000000000000001', name: 'system', keyspace: 'system' },
  { id: '00000000000000000000000000000002', name: 'system_schema', keyspace: 'system_schema' },
  { id: '00000000000000000000000000000003', name: 'system_auth', keyspace: 'system_auth' },
  { id: '00000001000030008000000000000000', name: 'template1' },
];

/**
 * Whatever is RUNNING, by its state alone: hidden tables are listed as if they had not been dropped (JsonTableDumper),
 * and keyspaces of any state, dropped databases too (JsonKeyspaceDumper). YSQL's own catalog is among the tables.
 */
async function dumpEntities(cluster: Cluster): Promise<object> {
  await cluster.databases.flushAll();
  const { tservers, droppedDatabases = [] } = cluster.state;
  const databases = cluster.state.databases.map((one) => ({ ...one, tables: [...one.tables, ...one.hidden] }));
  const namespaces = [...OF_THE_CLUSTER, ...databases, ...droppedDatabases];
  return {
    keyspaces: namespaces
      .map((one) => ({ keyspace_id: one.id, keyspace_name: shownName(one), keyspace_type: apiOf(one) }))
      .sort((one, other) => (one.keyspace_id < other.keyspace_id ? -1 : 1)),
    tables: [
      ...[...OF_THE_CLUSTER, ...databases].flatMap((one) =>
        catalogTables(one).map(({ id, name }) => ({ table_id: id, keyspace_id: one.id, table_name: name })),
      ),
      ...databases.flatMap(({ id, tables }) =>
        tables.map((table) => ({ table_id: table.id, keyspace_id: id, table_name: table.name })),
      ),
    ].map((table) => ({ ...table, state: 'RUNNING' })),
    tablets: databases.flatMap(({ tables }) =>
      tables.flatMap((table) =>
        table.tablets.map(({ id, replicas, leader }) => ({
          table_id: table.id,
          tablet_id: id,
          state: 'RUNNING',
          replicas: replicas.map((i) => ({
            type: 'VOTER',
            server_uuid: tservers[i]?.uuid,
            addr: tserverAddress(cluster, i),
          })),
          ...(leader === undefined ? {} : { leader: tservers[leader]?.uuid }),
        })),
      ),
    ),
  };
}

function tserverPages(i: number): Record<string, Page> {
  return {
    '/api/v1/version': version,
    '/api/v1/health-check': () => ({ failed_tablets: [] }),
    '/api/v1/varz': (cluster) => flagsPage(tserverFlags(cluster, i)),
    '/api/v1/masters': (cluster) => ({
      master_server_and_type: [{ master_server: masterAddress(cluster), is_leader: true }],
    }),
    '/metrics': async (cluster) => await tabletMetrics(cluster, i),
    '/api/v1/tablets': async (cluster) => await tabletsJson(cluster, i),
    '/tablets': async (cluster) => await tabletsPage(cluster, i),
  };
}

/** Plain lines, which every release has. */
const rawFlags = (flags: Record<string, string>): string =>
  `${Object.entries(flags)
    .map(([name, value]) => `--${name}=${value}`)
    .join('\n')}\n`;

function pageServer(
  cluster: Cluster,
  pages: Record<string, Page>,
  server: { flags: () => Record<string, string>; up: () => boolean; ready: () => boolean },
): Server {
  return createServer((request, response) => {
    if (!server.up()) {
      request.socket.destroy(); // a dead tserver answers nothing
      return;
    }
    if (!server.ready()) {
      response
        .writeHead(503, { 'content-type': 'text/plain' })
        .end('Unable to locate leader master to redirect this request');
      return;
    }
    const { pathname } = new URL(request.url ?? '/', 'http://emulator');
    if (pathname === '/varz') {
      response.setHeader('content-type', 'text/plain');
      response.end(rawFlags(server.flags()));
      return;
    }
    const since = LATER[pathname];
    const page = since && !has(cluster.options.dialect, since) ? undefined : pages[pathname];
    if (!page) {
      response.statusCode = 404;
      response.end('Error 404: Not Found');
      return;
    }
    Promise.resolve(page(cluster)).then(
      (body) => {
        response.setHeader('content-type', typeof body === 'string' ? 'text/html' : 'application/json');
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      },
      (error: unknown) =>
        response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) })),
    );
  });
}

/** Web pages of the master, which leads. */
export const masterHttpServer = (cluster: Cluster): Server =>
  pageServer(cluster, masterPages(), {
    flags: () => masterFlags(cluster),
    up: () => true,
    ready: () => cluster.masterIsReady,
  });

/** Web pages of a tserver; none while it is down. */
export const tserverHttpServer = (cluster: Cluster, i: number): Server =>
  pageServer(cluster, tserverPages(i), {
    flags: () => tserverFlags(cluster, i),
    up: () => cluster.state.tservers[i]?.alive ?? false,
    ready: () => true,
  });
