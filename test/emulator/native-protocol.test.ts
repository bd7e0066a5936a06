import { connect } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auth, Client, policies, types, type ClientOptions } from 'cassandra-driver';
import { Writer } from '../../emulator/cql/native/bytes';
import { OPCODES } from '../../emulator/cql/native/frames';
import { Authority } from '../support/certificates';
import { EmulatedCluster } from './emulated-cluster';

let cluster: EmulatedCluster;
const clients: Client[] = [];

beforeAll(async () => {
  cluster = await EmulatedCluster.start('2025.1');
  const client = await open();
  await client.execute('CREATE KEYSPACE shop');
  await client.execute('CREATE TYPE shop.address (street text, zip int)');
});
const authentication = async (value: 'true' | 'false'): Promise<void> => {
  await cluster.control('POST /flag', { name: 'use_cassandra_authentication', value });
};
afterEach(async () => {
  await authentication('false');
});
const closeAll = async (): Promise<void> => {
  await Promise.all(clients.splice(0).map(async (client) => await client.shutdown()));
};
afterAll(async () => {
  await closeAll();
  await cluster.stop();
});

async function open(options: Partial<ClientOptions> = {}, of = cluster): Promise<Client> {
  const client = new Client({
    contactPoints: [`127.0.0.1:${of.options.ports.ycql}`],
    localDataCenter: 'datacenter1',
    socketOptions: { connectTimeout: 5_000, readTimeout: 20_000 },
    // A connection that is closed while it begins would be asked for signs of life for ever.
    pooling: { heartBeatInterval: 0 },
    // The driver's own waits up to ten minutes, and keeps the process alive meanwhile.
    policies: { reconnection: new policies.reconnection.ConstantReconnectionPolicy(200) },
    ...options,
  });
  clients.push(client);
  await client.connect();
  return client;
}
const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'done',
    (error: { code?: number; message: string; innerErrors?: Record<string, Error> }) => ({
      code: error.code,
      message: Object.values(error.innerErrors ?? {})[0]?.message ?? error.message,
    }),
  );

function requestFrame(opcode: number, body: Buffer): Buffer {
  return new Writer().byte(4).byte(0).short(1).byte(opcode).int(body.length).raw(body).done();
}

const EVERYTHING = {
  a: ['ascii', 'plain'],
  b: ['bigint', types.Long.fromString('-9223372036854775808')],
  c: ['blob', Buffer.from([0, 255, 10])],
  d: ['boolean', true],
  e: ['date', types.LocalDate.fromString('1912-06-23')],
  f: ['decimal', types.BigDecimal.fromString('-123456789012345678901234567890.0123')],
  g: ['double', -0.1234567890123456],
  h: ['float', 0.5],
  i: ['inet', types.InetAddress.fromString('2001:db8::1:ffff')],
  j: ['int', -2147483648],
  k: ['smallint', -32768],
  l: ['text', 'ünï ✓ "\'\\'],
  m: ['time', types.LocalTime.fromString('23:59:59.999999999')],
  n: ['timestamp', new Date('1960-02-03T04:05:06.789Z')],
  o: ['timeuuid', types.TimeUuid.fromString('50554d6e-29bb-11e5-b345-feff819cdc9f')],
  p: ['tinyint', -128],
  q: ['uuid', types.Uuid.fromString('ab7c46ac-c194-4c71-bb03-0f64986f3daa')],
  r: ['varint', types.Integer.fromString('-170141183460469231731687303715884105729')],
  s: ['list<frozen<map<text, int>>>', [{ one: 1 }, { two: -2 }]],
  t: ['set<inet>', [types.InetAddress.fromString('10.0.0.1'), types.InetAddress.fromString('9.0.0.1')]],
  u: ['map<int, text>', { 1: 'a', 2: '' }],
  v: ['frozen<address>', { street: 'Elm', zip: null }],
} as const;

it('gives every type back as a driver has bound it, prepared or not', async () => {
  const client = await open({ keyspace: 'shop' });
  const names = Object.keys(EVERYTHING) as (keyof typeof EVERYTHING)[];
  const columns = names.map((name) => `${name} ${EVERYTHING[name][0]}`).join(', ');
  await client.execute(`CREATE TABLE everything (id int PRIMARY KEY, ${columns})`);
  const values = Object.fromEntries(names.map((name) => [name, EVERYTHING[name][1]]));
  const marks = (mark: (name: string) => string): string => ['id', ...names].map(mark).join(', ');
  const into = `INSERT INTO everything (id, ${names.join(', ')})`;
  await client.execute(`${into} VALUES (${marks(() => '?')})`, [1, ...Object.values(values)], { prepare: true });
  await client.execute(`${into} VALUES (${marks((name) => `:${name}`)})`, { id: 2, ...values }, { prepare: true });
  await client.execute('INSERT INTO everything (id, l) VALUES (?, ?)', [3, null], { hints: ['int', 'text'] });
  const { rows } = await client.execute('SELECT * FROM everything');
  const text = (row: types.Row): string => JSON.stringify(names.map((name) => row[name] as unknown));
  const wanted = JSON.stringify(
    names.map((name) =>
      // a set comes back sorted, and a map of numbers has them for keys
      name === 't' ? EVERYTHING.t[1] : EVERYTHING[name][1],
    ),
  );
  const found = new Map(rows.map((row) => [row['id'] as number, text(row)]));
  expect(found.get(1)).toBe(wanted);
  expect(found.get(2)).toBe(wanted);
  expect(found.get(3)).toBe(JSON.stringify(names.map(() => null)));
  const one = await client.execute('SELECT id FROM everything WHERE id IN ? LIMIT ?', [[2, 9], 5], { prepare: true });
  expect(one.rows.map((row) => row['id'] as unknown)).toEqual([2]);
});

it('pages through a table in the order of its tokens and clustering keys, whatever comes in meanwhile', async () => {
  const client = await open({ keyspace: 'shop' });
  await client.execute(
    'CREATE TABLE pages (p int, c int, d text, PRIMARY KEY (p, c, d)) WITH CLUSTERING ORDER BY (c DESC, d ASC)',
  );
  const insert = 'INSERT INTO pages (p, c, d) VALUES (?, ?, ?)';
  const keys = [0, 1, 2].flatMap((p) => [0, 1, 2].flatMap((c) => ['a', 'b'].map((d) => [p, c, d] as const)));
  await client.batch(
    keys.map((params) => ({ query: insert, params: [...params] })),
    { prepare: true },
  );
  const all = (await client.execute('SELECT p, c, d FROM pages')).rows.map((row) => row.values().join());
  const seen: string[] = [];
  let pages = 0;
  for (let state: string | undefined; ;) {
    const page = await client.execute('SELECT p, c, d FROM pages', [], {
      fetchSize: 4,
      ...(state === undefined ? {} : { pageState: state }),
    });
    seen.push(...page.rows.map((row) => row.values().join()));
    pages += 1;
    state = page.pageState ?? undefined;
    if (state === undefined) break;
    await client.execute('DELETE FROM pages WHERE p = ? AND c = ? AND d = ?', [...(page.rows[0]?.values() ?? [])], {
      prepare: true,
    });
  }
  expect(seen).toEqual(all);
  expect(pages).toBe(5);
  expect(new Set(all)).toEqual(new Set(keys.map((key) => key.join())));
  const limited = await client.execute('SELECT p FROM pages LIMIT 6', [], { fetchSize: 4 });
  const rest = await client.execute('SELECT p FROM pages LIMIT 6', [], { fetchSize: 4, pageState: limited.pageState });
  expect([limited.rowLength, rest.rowLength, rest.pageState]).toEqual([4, 2, null]);
});

it('reports what a driver reads when it connects, of both versions of the protocol', async () => {
  for (const maxVersion of [3, 4]) {
    const client = await open({ protocolOptions: { maxVersion } });
    expect(client.hosts.values().map((host) => host.datacenter)).toEqual(['datacenter1']);
    expect(client.getState().getConnectedHosts()).toHaveLength(1);
    expect(Object.keys(client.metadata.keyspaces)).toContain('shop');
    const udt = await client.metadata.getUdt('shop', 'address');
    expect(udt.fields.map(({ name }) => name)).toEqual(['street', 'zip']);
  }
});

it('reports a change of the schema, also to clients that only registered for such events', async () => {
  const client = await open();
  const other = await open();
  await client.execute('CREATE KEYSPACE events');
  await client.execute('CREATE TABLE events.t (id int PRIMARY KEY)');
  expect((await client.metadata.getTable('events', 't')).columns.map(({ name }) => name)).toEqual(['id']);
  await client.execute('DROP TABLE events.t');
  expect(await other.metadata.getTable('events', 't')).toBeNull();
  await client.execute('DROP KEYSPACE events');
  expect((await client.execute('USE shop')).rows).toBeUndefined();
});

it.each([
  ['SELECT * FROM shop.nothing', 0x2200, /Object Not Found/],
  ['SELEKT 1', 0x2000, /syntax error/],
  ['USE nowhere', 0x2200, /Keyspace Not Found/],
  ['CREATE KEYSPACE shop', 0x2200, /Keyspace Already Exists/],
  ['DROP KEYSPACE shop', 0x0000, /Cannot delete keyspace which has/],
  ['INSERT INTO shop.everything (id) VALUES (?)', 0x2200, /Bind variable at position 1 not found/],
])('refuses %s with the code that YugabyteDB sends', async (text, code, message) => {
  const client = await open();
  await client.execute('CREATE TABLE IF NOT EXISTS shop.everything (id int PRIMARY KEY)');
  expect(await codeOf(client.execute(text))).toEqual({ code, message: expect.stringMatching(message) as string });
});

it('refuses a version that it does not speak, and says which ones it does', async () => {
  const socket = connect(cluster.options.ports.ycql, '127.0.0.1');
  socket.write(Buffer.from([5, 0, 0, 7, 5, 0, 0, 0, 0])); // OPTIONS of version 5
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect([answer[0], answer.readInt16BE(2), answer[4], answer.readInt32BE(9)]).toEqual([0x84, 7, 0, 0x000a]);
  expect(answer.toString()).toContain('Supported versions are between 3 and 4.');
});

it('asks for a password where the flag says so', async () => {
  await authentication('true');
  const as = (password: string) => ({ authProvider: new auth.PlainTextAuthProvider('cassandra', password) });
  await expect(open(as('cassandra'))).resolves.toBeDefined();
  expect(await codeOf(open(as('wrong')))).toMatchObject({
    message: expect.stringContaining('Provided username cassandra and/or password are incorrect') as string,
  });
  expect(await codeOf(open())).toMatchObject({
    message: expect.stringContaining('requires authentication') as string,
  });
});

it('loses a reply with its connection after the work is done, and answers a statement that is to fail', async () => {
  const client = await open({ keyspace: 'shop' });
  await client.execute('CREATE TABLE faults (id int PRIMARY KEY)');
  await cluster.control('POST /faults', { name: 'lose-reply', command: 'ycql' });
  // Not by the driver: one that loses its server continues looking for it after its end.
  const socket = connect(cluster.options.ports.ycql, '127.0.0.1');
  const startup = new Writer().short(1).string('CQL_VERSION').string('3.0.0').done();
  socket.write(requestFrame(OPCODES.startup, startup));
  const [ready] = (await once(socket, 'data')) as [Buffer];
  expect(ready[4]).toBe(OPCODES.ready);
  const text = Buffer.from('INSERT INTO shop.faults (id) VALUES (1)');
  socket.write(requestFrame(OPCODES.query, new Writer().int(text.length).raw(text).short(4).byte(0).done()));
  await once(socket, 'close');
  expect(socket.bytesRead).toBe(ready.length);
  expect((await client.execute('SELECT id FROM faults')).rowLength).toBe(1);
  await cluster.control('POST /faults', { name: 'fail', command: 'ycql', text: 'Timed out. RPC timed out' });
  expect(await codeOf(client.execute('SELECT id FROM faults'))).toEqual({
    code: 0,
    message: 'Timed out. RPC timed out',
  });
  expect((await client.execute('SELECT id FROM faults')).rowLength).toBe(1);
});

it('a statement that was prepared is known on every connection, and one that was not is said to be unknown', async () => {
  const [one, other] = [await open(), await open()];
  await one.execute('CREATE TABLE shop.prepared (id int PRIMARY KEY, n int)');
  const insert = 'INSERT INTO shop.prepared (id, n) VALUES (?, ?)';
  await one.execute(insert, [1, 1], { prepare: true });
  await other.execute(insert, [2, 2], { prepare: true });
  await closeAll();
  await cluster.killEmulator();
  await cluster.startEmulator();
  const back = await open();
  await back.execute(insert, [3, 3], { prepare: true });
  expect((await back.execute('SELECT id FROM shop.prepared')).rowLength).toBe(3);
});

it('speaks TLS alone where it has a certificate', async () => {
  const authority = new Authority('authority of the cluster');
  const folder = mkdtempSync(join(tmpdir(), 'ycql-tls-'));
  const issued = authority.issue('127.0.0.1');
  const files = { key: join(folder, 'node.key'), cert: join(folder, 'node.crt') };
  writeFileSync(files.key, issued.key);
  writeFileSync(files.cert, issued.cert);
  const secured = await EmulatedCluster.start('2025.1', undefined, files);
  try {
    const client = await open({ sslOptions: { ca: authority.pem, rejectUnauthorized: true } }, secured);
    await client.execute('CREATE KEYSPACE secret');
    expect(Object.keys(client.metadata.keyspaces)).toContain('secret');
    const plain = connect(secured.options.ports.ycql, '127.0.0.1');
    plain.write(Buffer.from([4, 0, 0, 7, 5, 0, 0, 0, 0]));
    await once(plain, 'close');
    expect(plain.bytesRead).toBe(0);
    const foreign = { ca: new Authority('someone else').pem, rejectUnauthorized: true };
    expect(await codeOf(open({ sslOptions: foreign }, secured))).toMatchObject({
      message: expect.stringMatching(/certificate/) as string,
    });
  } finally {
    await closeAll();
    await secured.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
