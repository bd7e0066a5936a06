import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { getWorkList, readArtefact, readSegment, writeArtefact } from '../../src/repository';
import { sha256Of } from '../../src/transfer';
import { fetchPage } from '../../src/yugabyte/http/fetch-page';
import { z } from 'zod';
import { ForgedBucket } from './bucket/forger';

/** 300 MB of blanks in 300 kB. */
const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024, 0x20), { level: 9 });
const folder = { backupId: 'ysql.orders-20261122T020007Z-3fa9c1', snapshotId: '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e' };

/** Bytes of memory outside the heap that something took at most, looked at whenever it lets go. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  await work();
  return process.memoryUsage().rss - before;
}

describe('23.8: what is packed small is not unpacked large:', () => {
  const bucket = new ForgedBucket();
  const repository = bucket.repository();
  bucket.put('bomb', bomb);
  const ref = { key: 'bomb', sha256: sha256Of(bomb), size: bomb.length, files: 2, bytes: 10 };
  it.each<[string, () => Promise<unknown>]>([
    ['a file list', async () => await readSegment(repository, ref)],
    ['a file list that claims a million files', async () => await readSegment(repository, { ...ref, files: 1e6 })],
    ['a work list', async () => await getWorkList(repository, ref, z.object({}))],
    ['a schema', async () => await readArtefact(repository, { ...ref, kind: 'schema' })],
    [
      'a schema of recorded size',
      async () => await readArtefact(repository, { ...ref, kind: 'schema', contentBytes: 9 }),
    ],
  ])('23.8: %s', async (_, read) => {
    const taken = await growth(async () => {
      await expect(read()).rejects.toMatchObject({
        kind: 'ManifestInvalid',
        message: expect.stringContaining('more than was recorded') as string,
      });
    });
    expect(taken).toBeLessThan(290 * 1024 * 1024);
  });

  it('23.8: an object that is larger than was recorded is not read', async () => {
    await expect(readSegment(repository, { ...ref, size: 100 })).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringContaining('larger than was recorded (100 bytes)') as string,
    });
  });

  it('23.8: an empty artefact (the roles of a database that names none) comes back empty', async () => {
    const repository = new ForgedBucket().repository();
    const named = { backupId: 'ysql.shop-20260101T000000Z-000001', snapshotId: '0d4b4935-2c95-4523-95ab-9ead1e95e794' };
    const empty = await writeArtefact(repository, { ...named, kind: 'roles', content: '' });
    expect(empty.contentBytes).toBe(0);
    expect(await readArtefact(repository, empty)).toEqual(Buffer.alloc(0));
  });

  it('23.8: honest content comes back whole, to the last recorded byte', async () => {
    const content = 'CREATE TABLE orders ();\n'.repeat(1000);
    const made = await writeArtefact(repository, { ...folder, kind: 'schema', content });
    expect(made.contentBytes).toBe(content.length);
    expect(String(await readArtefact(repository, made))).toBe(content);
  });
});

describe('23.8: a web page', () => {
  const servers: Server[] = [];
  const serve = async (answer: (request: unknown, response: import('node:http').ServerResponse) => void) => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  afterAll(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  });
  const options = { timeoutMs: 20_000, maxBytes: 1024 * 1024 };
  const tooLarge = { message: expect.stringContaining('its body is larger than 1048576 bytes') as string };

  it('23.8: is counted after it was unpacked', async () => {
    const web = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length });
      response.end(bomb);
    });
    await expect(fetchPage(`http://${web}/`, options)).rejects.toMatchObject(tooLarge);
  });

  it('23.8: is counted where no length is announced', async () => {
    const web = await serve((_, response) => {
      const send = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(64 * 1024, 0x20), send);
      };
      send();
    });
    await expect(fetchPage(`http://${web}/`, options)).rejects.toMatchObject(tooLarge);
  });

  it('23.8: of the allowed size is read whole, umlauts across its pieces too', async () => {
    const text = 'ä'.repeat(500_000);
    const web = await serve((_, response) => response.end(text));
    expect(await fetchPage(`http://${web}/`, options)).toBe(text);
  });

  it('23.8: sends nobody to a foreign host; between known masters it does', async () => {
    let asked = 0;
    const foreign = await serve((_, response) => {
      asked += 1;
      response.end('secret');
    });
    const redirecting = await serve((_, response) => {
      response.writeHead(307, { location: `http://${foreign}/` }).end();
    });
    const page = `http://${redirecting}/`;
    for (const redirectsTo of [undefined, [redirecting], ['127.0.0.1:1']])
      await expect(fetchPage(page, { ...options, ...(redirectsTo ? { redirectsTo } : {}) })).rejects.toMatchObject({
        message: expect.stringContaining('not a master') as string,
      });
    expect(asked).toBe(0);
    expect(await fetchPage(page, { ...options, redirectsTo: [foreign] })).toBe('secret');
  });

  it.each(['file:///etc/passwd', 'http://', '//169.254.169.254/latest/', '/again'])(
    '23.8: a redirect to %s ends the request',
    async (location) => {
      const web = await serve((_, response) => {
        response.writeHead(302, { location }).end();
      });
      await expect(fetchPage(`http://${web}/`, { ...options, redirectsTo: [web] })).rejects.toMatchObject({
        message: expect.stringMatching(/not a master|in a loop/) as string,
      });
    },
  );
});
