import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpFailed, namespaceOf, tablesOf, type YugabyteConfig } from '../../../src/yugabyte';
import { WebPages } from '../../../src/yugabyte/http/web-pages';
import { hostOf, masterWebAddresses } from '../../../src/yugabyte/http/web-address';
import { joinTservers } from '../../../src/yugabyte/tservers';
import { readTabletServers } from '../../../src/yugabyte/http/tablet-servers';

const fixture = (name: string): string => readFileSync(join(__dirname, '../../fixtures/http', name), 'utf8');
/** A body, a status, or `hang`: no answer at all. */
type Answer = string | { status: number; location?: string };

const servers: Server[] = [];
/** A web server that answers these paths, and 404 to all others. */
async function serve(pages: Record<string, Answer>): Promise<string> {
  const server = createServer((request, response) => {
    const answer = pages[request.url ?? ''] ?? { status: 404 };
    if (answer === 'hang') return;
    if (typeof answer === 'string') response.end(answer);
    else response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location }).end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const config = (masters: string[]): YugabyteConfig => ({
  masters: ['yb-1:7100'],
  ysql: { host: 'h', port: 1, user: 'u', database: 'd' },
  http: { masters },
  timeouts: { rpcMs: 1_000, commandMs: 1_000, httpMs: 400 },
});
const open = (...masters: string[]): WebPages => new WebPages(config(masters));

it('reads the catalogue from the leading master, whichever it is', async () => {
  const follower = await serve({
    '/api/v1/is-leader': { status: 503 },
    '/dump-entities': '{"error":"Not the leader"}',
  });
  const leader = await serve({
    '/api/v1/is-leader': '{"STATUS":"OK"}',
    '/dump-entities': fixture('2025.1/dump-entities.json'),
  });
  const { keyspaces, tablets } = await open('127.0.0.1:1', follower, leader).dumpEntities();
  expect(keyspaces).toEqual([{ id: '00004000000030008000000000000000', name: 'orders', api: 'ysql' }]);
  expect(tablets.map(({ replicas, leader: led }) => [replicas.length, led?.slice(0, 4)])).toEqual([
    [3, '8d5e'],
    [0, undefined],
  ]);
});

it('24: leaves out what YSQL has for itself, and databases that were dropped', async () => {
  // Ids and names as on a page that #3973 quotes; `shop` was dropped and created again.
  const keyspace = (id: string, name: string, type = 'ysql') => ({
    keyspace_id: id,
    keyspace_name: name,
    keyspace_type: type,
  });
  const [template1, dropped, shop] = ['00000001', '00004001', '00004002'].map(
    (oid) => `${oid}000030008000000000000000`,
  );
  const table = (id: string, keyspaceId = '', name = '') => ({
    table_id: id,
    keyspace_id: keyspaceId,
    table_name: name,
    state: 'RUNNING',
  });
  const page = {
    keyspaces: [
      keyspace('00000000000000000000000000000001', 'system', 'ycql'),
      keyspace(template1 ?? '', 'template1'),
      keyspace(dropped ?? '', 'shop'),
      keyspace(shop ?? '', 'shop'),
      keyspace('c4a8d3e1f5b64c0e9d2a7b8c9d0e1f20', 'events', 'ycql'),
    ],
    tables: [
      table('000000010000300080000000000000af', template1, 'pg_user_mapping_user_server_index'),
      table('000040020000300080000000000004eb', shop, 'pg_class'),
      table('00004002000030008000000000003fff', shop, 'sql_features'),
      table('00004002000030008000000000004000', shop, 'orders'),
      table('a1b2c3d4e5f60718293a4b5c6d7e8f90', 'c4a8d3e1f5b64c0e9d2a7b8c9d0e1f20', 'clicks'),
    ],
    tablets: [],
  };
  const serving = async (content: object) =>
    await open(
      await serve({ '/api/v1/is-leader': '{"STATUS":"OK"}', '/dump-entities': JSON.stringify(content) }),
    ).dumpEntities();
  const found = await serving(page);
  expect(namespaceOf(found, 'ysql.shop')?.id).toBe(shop);
  expect(found.keyspaces.map(({ name }) => name)).toEqual(['system', 'template1', 'shop', 'events']);
  expect(found.tables.map(({ name }) => name)).toEqual(['orders', 'clicks']);
  expect(tablesOf(found, 'ysql.shop').map(({ name }) => name)).toEqual(['orders']);
  // Of a page that names no catalog, nothing can be told.
  const { keyspaces } = await serving({ ...page, tables: page.tables.slice(-2) });
  expect(keyspaces.map(({ name }) => name)).toEqual(['system', 'template1', 'shop', 'shop', 'events']);
});

it("follows a follower's redirect, where no page names the leader", async () => {
  const leader = await serve({ '/api/v1/version': fixture('2025.1/version.json') });
  const follower = await serve({ '/api/v1/version': { status: 307, location: `http://${leader}/api/v1/version` } });
  await expect(open(follower, leader).masterVersion()).resolves.toEqual({ release: '2025.1.1.0', build: '100' });
});

it('reads flags as JSON, and as text where there is no JSON', async () => {
  const newer = await serve({ '/api/v1/varz': fixture('2025.1/varz.json') });
  const older = await serve({ '/varz?raw': fixture('2.6/varz-raw.txt') });
  expect((await open().varz(newer)).get('fs_data_dirs')).toBe('/mnt/d0,/mnt/e0');
  const flags = await open().varz(older);
  expect([flags.get('timestamp_history_retention_interval_sec'), flags.get('ysql_hba_conf_csv')]).toEqual(['120', '']);
});

it("reads a tserver's tablets", async () => {
  const tserver = await serve({
    '/api/v1/tablets': fixture('2025.1/tablets.json'),
  });
  expect(await open().tserverTablets(tserver)).toEqual([
    {
      id: '21c5ef2d9c7a4b7fb0a4a2a0f0f5a101',
      namespace: 'orders',
      tableName: 't1',
      tableId: '00004000000030008000000000004001',
      state: 'RUNNING',
      hidden: false,
      sstBytes: 1046076,
      raft: [
        { role: 'LEADER', host: '127.0.0.1' },
        { role: 'FOLLOWER', host: '127.0.0.2' },
        { role: 'FOLLOWER', host: '127.0.0.3' },
      ],
    },
  ]);
});

it.each(['2.6', '2.14'])("24.1: reads a tserver's tablets from the page for people of %s", async (release) => {
  const tserver = await serve({ '/tablets': fixture(`${release}/tablets.html`) });
  const newer = release !== '2.6';
  const named = { namespace: newer ? 'orders' : '', tableId: '00004000000030008000000000004001', hidden: false };
  expect(await open().tserverTablets(tserver)).toEqual([
    {
      ...named,
      id: '21c5ef2d9c7a4b7fb0a4a2a0f0f5a101',
      tableName: 'odd </td><tr> &amp; name\nof two lines',
      state: 'RUNNING',
      sstBytes: newer ? 1_572_864 : 3_145_728,
      raft: [
        { role: 'LEADER', host: '127.0.0.1' },
        { role: 'FOLLOWER', host: '127.0.0.2', own: true },
        { role: 'LEARNER', host: '127.0.0.3' },
      ],
    },
    {
      ...named,
      id: '9a3b1c7d5e6f4a8b9c0d1e2f3a4b5c02',
      tableName: 't1',
      state: 'BOOTSTRAPPING',
      sstBytes: newer ? 1_572_864 : 3_145_728,
      raft: [],
    },
  ]);
});

it.each([
  ['has no table', '<h1>Tablets</h1>', /contains no table of tablets/],
  ['is of another kind', fixture('2.6/tablets.html').replace('<th>State</th>', '<th>S</th>'), /no column "State"/],
  [
    'ends within a row',
    fixture('2.6/tablets.html').replace('<td>RUNNING</td>', ''),
    /row 1 of its tablets has 8 cells/,
  ],
  [
    'names no tablet',
    fixture('2.6/tablets.html').replace(/<a href="\/tablet\?[^]*?<\/a>/, ''),
    /row 1 of its tablets has no id/,
  ],
])('24.1: a page of tablets that %s is not accepted as a list of tablets', async (_what, page, message) => {
  const tserver = await serve({ '/tablets': page });
  await expect(open().tserverTablets(tserver)).rejects.toMatchObject({
    kind: 'HttpFailed',
    transient: false,
    message: expect.stringMatching(message) as string,
  });
});

it('24.1: a tserver that fails to list its tablets as JSON is not asked for the page for people', async () => {
  const tserver = await serve({ '/api/v1/tablets': { status: 500 }, '/tablets': fixture('2.6/tablets.html') });
  await expect(open().tserverTablets(tserver)).rejects.toMatchObject({ status: 500, transient: true });
});

it.each([
  ['is not there', {}, { status: 404, transient: false }, /it answered 404/],
  ['fails', { '/api/v1/version': { status: 500 } as const }, { status: 500, transient: true }, /it answered 500/],
  ['says an error', { '/api/v1/version': fixture('2025.1/error.json') }, { transient: true }, /Unable to list tablets/],
  ['is no JSON', { '/api/v1/version': '<html>' }, { transient: false }, /not JSON/],
  [
    'has another form',
    { '/api/v1/version': '{"version":1}' },
    { transient: false },
    /not in a known form \(version_number/,
  ],
  ['never comes', { '/api/v1/version': 'hang' as const }, { transient: true }, /no answer within 0.4 s/],
])('a page that %s is one clear error', async (_what, pages, expected, message) => {
  const web = await serve(pages);
  const error: unknown = await open(web)
    .masterVersion()
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(HttpFailed);
  expect(error).toMatchObject({ kind: 'HttpFailed', ...expected, message: expect.stringMatching(message) as string });
});

it('a server that is unavailable is named, with the reason', async () => {
  await expect(open('127.0.0.1:1').dumpEntities()).rejects.toMatchObject({
    message: expect.stringMatching(/127\.0\.0\.1:1\/dump-entities: .*(ECONNREFUSED|failed|bad port)/) as string,
  });
});

describe('RPC and web addresses of tservers', () => {
  const uuids = [
    '8d5e2c1f4b6a49d0a1b2c3d4e5f60711',
    '4f3a9b8c7d6e45f0b1c2d3e4f5a60722',
    'b7c6d5e4f3a240918273645546372833',
  ];
  const listed = (addresses: string[]) =>
    addresses.map((address, i) => ({
      uuid: uuids[i] ?? '',
      address,
      heartbeatSeconds: 0.5,
      status: i === 1 ? ('DEAD' as const) : ('ALIVE' as const),
    }));

  it.each(['2025.1', '2.6'])('are joined as a master of %s lists them', async (dialect) => {
    const master = await serve({ '/api/v1/tablet-servers': fixture(`${dialect}/tablet-servers.json`) });
    const web = await readTabletServers(`http://${master}`, { timeoutMs: 1_000 });
    expect(joinTservers(config([]), listed(['127.0.0.1:9100', '127.0.0.2:9100', '127.0.0.3:9100']), web)).toEqual([
      {
        uuid: uuids[0],
        address: '127.0.0.1:9100',
        http: '127.0.0.1:9000',
        alive: true,
        heartbeatSeconds: 0.5,
        freeBytes: 10390556762,
        smallestFreeBytes: 90,
        zone: 'local.local.local0',
        placement: '',
      },
      expect.objectContaining({ uuid: uuids[1], http: '127.0.0.2:9000', alive: false }),
      expect.objectContaining({ uuid: uuids[2], http: '127.0.0.3:9000', alive: true }),
    ]);
  });

  it('are joined in the order of their ports on one host, and assumed where none are listed', () => {
    const page = (web: string) => ({ web, status: 'ALIVE' as const, zone: '', disks: [], placement: '' });
    const onOneHost = listed(['127.0.0.1:9102', '127.0.0.1:9100', '127.0.0.1:10100']);
    expect(
      joinTservers(config([]), onOneHost, [
        page('127.0.0.1:9002'),
        page('127.0.0.1:10000'),
        page('127.0.0.1:9000'),
      ]).map(({ http }) => http),
    ).toEqual(['127.0.0.1:9002', '127.0.0.1:9000', '127.0.0.1:10000']);
    expect(joinTservers(config([]), listed(['yb-1.internal:9100']), []).map(({ http }) => http)).toEqual([
      'yb-1.internal:9000',
    ]);
  });

  it('default to the ports of the manual', () => {
    expect(masterWebAddresses({ ...config([]), http: {}, masters: ['yb-1:7100', '[::1]:7100'] })).toEqual([
      'yb-1:7000',
      '[::1]:7000',
    ]);
    expect(hostOf('yb-1.internal')).toBe('yb-1.internal');
  });
});
