import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { YugabyteConfig } from '../../../src/yugabyte';
import { WebPages } from '../../../src/yugabyte/http/web-pages';
import { Authority } from '../../support/certificates';

const ours = new Authority('authority of the nodes');
const theirs = new Authority('authority of someone else');
const VERSION = '{"build_number":"100","version_number":"2025.1.1.0"}';

let certsDir: string;
beforeAll(() => {
  certsDir = mkdtempSync(join(tmpdir(), 'kalpa-pages-'));
  writeFileSync(join(certsDir, 'ca.crt'), ours.pem);
});
afterAll(() => {
  rmSync(certsDir, { recursive: true, force: true });
});
const servers: { server: Server | ReturnType<typeof createPlain>; asked: string[] }[] = [];
afterEach(async () => {
  for (const { server } of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** A master's pages, with a certificate or in clear. */
async function serve(certificate?: { key: string; cert: string }): Promise<{ web: string; asked: string[] }> {
  const asked: string[] = [];
  const answer: Parameters<typeof createPlain>[1] = (request, response) => {
    asked.push(request.url ?? '');
    response.end(VERSION);
  };
  const server = certificate ? createServer(certificate, answer) : createPlain(answer);
  servers.push({ server, asked });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { web: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
const pages = (web: string, more: Partial<YugabyteConfig> = {}, http: object = {}): WebPages =>
  new WebPages({
    masters: ['yb-1:7100'],
    ysql: { host: 'h', port: 1, user: 'u', database: 'd' },
    timeouts: { rpcMs: 1_000, commandMs: 1_000, httpMs: 5_000 },
    tls: { certsDir },
    ...more,
    http: { masters: [web], ...http },
  });

it('23.7: where the nodes speak TLS the pages are read with https, verified by ca.crt of their folder', async () => {
  const { web, asked } = await serve(ours.issue('127.0.0.1'));
  await expect(pages(web).masterVersion()).resolves.toMatchObject({ release: '2025.1.1.0' });
  expect(asked).toHaveLength(1);
});

it.each([
  ['of another authority', () => theirs.issue('127.0.0.1'), 'its certificate is not trusted'],
  ['of another host', () => ours.issue('yb-9.internal'), 'its certificate belongs to another host'],
])('23.7: a page with a certificate %s is never asked', async (_, issue, reason) => {
  const { web, asked } = await serve(issue());
  await expect(pages(web).masterVersion()).rejects.toMatchObject({
    kind: 'HttpFailed',
    transient: false,
    message: expect.stringContaining(reason) as string,
  });
  expect(asked).toEqual([]);
});

it('23.7: a page in clear is not read where https is due, and is where "http.tls: false" says so', async () => {
  const { web, asked } = await serve();
  await expect(pages(web).masterVersion()).rejects.toMatchObject({ kind: 'HttpFailed', transient: false });
  expect(asked).toEqual([]);
  await expect(pages(web, {}, { tls: false }).masterVersion()).resolves.toMatchObject({ release: '2025.1.1.0' });
});

it('23.7: an authority of the pages alone goes before that of the nodes', async () => {
  const { web } = await serve(theirs.issue('127.0.0.1'));
  const rootCert = join(certsDir, 'pages.crt');
  writeFileSync(rootCert, theirs.pem);
  await expect(pages(web, {}, { rootCert }).masterVersion()).resolves.toMatchObject({ release: '2025.1.1.0' });
});

it('23.7: an authority that is not there is reported, and nothing is sent', async () => {
  const { web, asked } = await serve(ours.issue('127.0.0.1'));
  await expect(pages(web, {}, { rootCert: '/nowhere/ca.crt' }).masterVersion()).rejects.toMatchObject({
    transient: false,
    message: expect.stringMatching(/\/nowhere\/ca\.crt.*ENOENT/) as string,
  });
  expect(asked).toEqual([]);
});
