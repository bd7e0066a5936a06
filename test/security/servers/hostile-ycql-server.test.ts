import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { openYugabyte } from '../../../src/yugabyte';
import type { YcqlConnection } from '../../../src/yugabyte/config';
import { Authority } from '../../support/certificates';
import { FakeTools } from '../../yugabyte/fake-tools';

/** An address of this machine that is not its loopback address. */
const HOST = '0.0.0.0';
const PASSWORD = 'hunter2-of-cassandra';
/** Header of a request of version 4: no flags, stream 0, STARTUP. */
const STARTUP = Buffer.from([4, 0, 0, 0, 1]);
const ours = new Authority('authority of the cluster');
const theirs = new Authority('authority of someone else');

let folder: string;
let rootCert: string;
let tools: FakeTools;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalpa-ycql-'));
  rootCert = join(folder, 'ca.crt');
  writeFileSync(rootCert, ours.pem);
  tools = new FakeTools();
  tools.write('ycqlsh', `env > ${tools.path('env')}; for a in "$@"; do echo "$a"; done > ${tools.path('args')}`);
});
const open = new Set<Socket>();
let server: Server | undefined;
afterEach(async () => {
  heard.length = 0;
  for (const socket of open) socket.destroy();
  open.clear();
  if (server) await once(server.close(), 'close');
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
  tools.remove();
});

async function serve(certificate?: { key: string; cert: string }): Promise<number> {
  server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    const inside = certificate ? new TLSSocket(socket, { isServer: true, ...certificate }) : socket;
    inside.on('error', () => undefined);
    inside.once('data', (data: Buffer) => {
      heard.push(data);
      inside.end('no answer of the native protocol');
    });
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
/** The first bytes of each connection that reached the native protocol, in TLS or not. */
const heard: Buffer[] = [];
const cqlOf = (ycql: Partial<YcqlConnection>) =>
  openYugabyte(tools.config({ ycql: { host: HOST, port: 9042, user: 'cassandra', password: PASSWORD, ...ycql } })).cql;
const insecure = (message: RegExp) => ({
  kind: 'InsecureConnection',
  message: expect.stringMatching(message) as string,
});
/** Both ways of asking: over the native protocol, and by the shell. */
const WAYS: [string, (ycql: Partial<YcqlConnection>) => Promise<unknown>][] = [
  ['a question', async (ycql) => await cqlOf(ycql).ping()],
  ['a change', async (ycql) => await cqlOf(ycql).define(['CREATE KEYSPACE k'])],
  ['the shell', async (ycql) => await cqlOf(ycql).describeKeyspace('k')],
];

describe.each(WAYS)('23.7: %s', (_way, ask) => {
  it.each([
    ['speaks no TLS', undefined, /does not use TLS/],
    ['has a certificate of another authority', () => theirs.issue(HOST), /is not trusted/],
    ['has a certificate of another host', () => ours.issue('yb-9.internal'), /belongs to another host/],
  ])('23.7: tells a server that %s nothing', async (_, issue, why) => {
    const port = await serve(issue?.());
    await expect(ask({ port, rootCert })).rejects.toMatchObject(insecure(why));
    expect(shellStarted()).toBe(false);
    expect(Buffer.concat(heard).includes(PASSWORD)).toBe(false);
  });

  it('23.7: asks nobody without an authority', async () => {
    const port = await serve();
    await expect(ask({ port })).rejects.toMatchObject(insecure(/Set ycql\.rootCert in kalpa\.yaml/));
    await expect(ask({ port, ssl: true })).rejects.toMatchObject(insecure(/Set ycql\.rootCert in kalpa\.yaml/));
    expect(open.size).toBe(0);
    expect(shellStarted()).toBe(false);
  });
});

/** The shell is told the password. */
const shellStarted = (): boolean => existsSync(tools.path('env'));

it('23.7: for a server that proves its name the shell has to verify too', async () => {
  const port = await serve(ours.issue(HOST));
  await cqlOf({ port, rootCert }).describeKeyspace('k');
  const environment = readFileSync(tools.path('env'), 'utf8').split('\n');
  expect(environment).toEqual(expect.arrayContaining([`SSL_CERTFILE=${rootCert}`, 'SSL_VALIDATE=true']));
  expect(readFileSync(tools.path('args'), 'utf8').split('\n')).toContain('--ssl');
});

it('23.7: a server that proves its name hears the native protocol inside of TLS', async () => {
  const port = await serve(ours.issue(HOST));
  await expect(cqlOf({ port, rootCert }).ping()).rejects.toMatchObject({ kind: 'CqlFailed', transient: true });
  expect(heard[0]?.subarray(0, 5)).toEqual(STARTUP);
});

it.each([
  ['on the loopback address', { host: '127.0.0.1' }],
  ['where "ssl: false" says so', { ssl: false }],
  ['without a password', { user: undefined as never, password: undefined as never }],
])('23.7: no TLS is asked for %s', async (_, ycql) => {
  const port = await serve();
  await expect(cqlOf({ port, ...ycql }).ping()).rejects.toMatchObject({ kind: 'CqlFailed' });
  expect(heard[0]?.subarray(0, 5)).toEqual(STARTUP);
  await cqlOf({ port, ...ycql }).describeKeyspace('k');
  expect(readFileSync(tools.path('args'), 'utf8').split('\n')).not.toContain('--ssl');
  expect(readFileSync(tools.path('env'), 'utf8')).not.toContain('SSL_');
});
