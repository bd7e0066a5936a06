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
const ours = new Authority('authority of the cluster');
const theirs = new Authority('authority of somebody else');

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
    if (certificate) new TLSSocket(socket, { isServer: true, ...certificate }).on('error', () => undefined);
    else socket.once('data', () => socket.end('an answer of the native protocol'));
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
const ping = async (ycql: Partial<YcqlConnection>): Promise<void> => {
  const connection = { host: HOST, port: 9042, user: 'cassandra', password: PASSWORD, ...ycql };
  await openYugabyte(tools.config({ ycql: connection })).cql.ping();
};
/** The shell alone is told the password. */
const shellStarted = (): boolean => existsSync(tools.path('env'));
const insecure = (message: RegExp) => ({
  kind: 'InsecureConnection',
  message: expect.stringMatching(message) as string,
});

it.each([
  ['speaks no TLS', undefined, /speaks no TLS/],
  ['has a certificate of another authority', () => theirs.issue(HOST), /is not believed/],
  ['has a certificate of another host', () => ours.issue('yb-9.internal'), /is of another host/],
])('23.7: for a YCQL server that %s the shell is never started', async (_, issue, why) => {
  const port = await serve(issue?.());
  await expect(ping({ port, rootCert })).rejects.toMatchObject(insecure(why));
  expect(shellStarted()).toBe(false);
});

it('23.7: without an authority nobody is asked', async () => {
  const port = await serve();
  await expect(ping({ port })).rejects.toMatchObject(insecure(/Set ycql\.rootCert in kalpa\.yaml/));
  await expect(ping({ port, ssl: true })).rejects.toMatchObject(insecure(/Set ycql\.rootCert in kalpa\.yaml/));
  expect(open.size).toBe(0);
  expect(shellStarted()).toBe(false);
});

it('23.7: for a server that proves its name the shell is told to verify too', async () => {
  const port = await serve(ours.issue(HOST));
  await ping({ port, rootCert });
  const environment = readFileSync(tools.path('env'), 'utf8').split('\n');
  expect(environment).toEqual(expect.arrayContaining([`SSL_CERTFILE=${rootCert}`, 'SSL_VALIDATE=true']));
  expect(readFileSync(tools.path('args'), 'utf8').split('\n')).toContain('--ssl');
});

it.each([
  ['on the loopback address', { host: '127.0.0.1' }],
  ['where "ssl: false" says so', { ssl: false }],
  ['without a password', { password: undefined as never }],
])('23.7: no TLS is asked for %s', async (_, ycql) => {
  await ping(ycql);
  expect(readFileSync(tools.path('args'), 'utf8').split('\n')).not.toContain('--ssl');
  expect(readFileSync(tools.path('env'), 'utf8')).not.toContain('SSL_');
});
