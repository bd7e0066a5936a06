import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { openStore, type ObjectStore, type S3Timeouts } from '../../src/transfer';
import { Authority } from '../support/certificates';

// Ranges are received by code of our own: what it takes of a server that says anything at all.

let server: Server;
let store: ObjectStore;
let requests: string[] = [];
let sockets: Socket[] = [];

afterEach(async () => {
  store.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((closed) => server.close(closed));
  requests = [];
  sockets = [];
});

/** Answers each request with what the test says, byte for byte. */
async function answering(
  answer: (socket: Socket, request: number) => void,
  timeouts: Partial<S3Timeouts> = {},
  secure?: { key: string; cert: string; ca: string },
): Promise<void> {
  const serve = (socket: Socket): void => {
    sockets.push(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        requests.push(text.slice(0, end));
        text = text.slice(end + 4);
        answer(socket, requests.length);
      }
    });
  };
  server = secure ? createTlsServer(secure, serve) : createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  store = openStore({
    bucket: 'bucket',
    prefix: '',
    region: 'us-east-1',
    endpoint: `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    timeouts,
    ...(secure ? { ca: secure.ca } : {}),
  });
}

/** A buffer as of the slots, which is received into by a thread of its own, or one that only this thread sees. */
let shared = false;

async function read(length: number, offset = 0, signal?: AbortSignal): Promise<string> {
  const into = shared ? Buffer.from(new SharedArrayBuffer(length)).fill('?') : Buffer.alloc(length, '?');
  await store.readRange('key', offset, into, { signal, ifMatch: '"etag"', versionId: 'v 1' });
  return into.toString('latin1');
}

const partial = (body: string, headers = `Content-Length: ${body.length}`): string =>
  `HTTP/1.1 206 Partial Content\r\n${headers}\r\n\r\n${body}`;

describe.each([
  ['in a thread of its own', true],
  ['on this thread', false],
])('received %s:', (_where, inThread) => {
  beforeAll(() => {
    shared = inThread;
  });

  describe('a range', () => {
    it.each([
      ['with a length', partial('0123456789')],
      ['with other cases and spaces in its header', partial('0123456789', 'CONTENT-LENGTH:\t10  \r\nX-Any:')],
      ['in chunks', partial('4;a=b\r\n0123\r\n6\r\n456789\r\n0\r\nx-trailer: t\r\n\r\n', 'Transfer-Encoding: chunked')],
      [
        'after an interim answer',
        `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n${partial('0123456789')}`,
      ],
      ['that says which it is', partial('0123456789', 'Content-Length: 10\r\nContent-Range: bytes 0-9/100')],
      ['that is the whole object', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789'],
    ])('arrives %s, in one piece or byte by byte', async (_, answer) => {
      await answering((socket, n) => {
        if (n === 1) socket.write(answer, 'latin1');
        else void slowly(socket, answer);
      });
      expect(await read(10)).toBe('0123456789');
      expect(await read(10)).toBe('0123456789');
      expect(sockets).toHaveLength(1);
    });

    it('is asked for as the store needs it', async () => {
      await answering((socket) => socket.write(partial('567')));
      expect(await read(3, 5)).toBe('567');
      expect(requests[0]).toMatch(
        /^GET \/bucket\/key\?(x-id=GetObject&)?versionId=v%201(&x-id=GetObject)? HTTP\/1.1\r\n/,
      );
      expect(requests[0]).toMatch(/\r\nrange: bytes=5-7(\r\n|$)/i);
      expect(requests[0]).toMatch(/\r\nif-match: "etag"(\r\n|$)/i);
      expect(requests[0]).toMatch(/\r\nauthorization: AWS4-HMAC-SHA256 Credential=a\//i);
    });

    it('comes over TLS of a private authority, and of no other', async () => {
      const authority = new Authority('test');
      const pair = authority.issue('127.0.0.1');
      await answering((socket) => socket.write(partial('x'.repeat(3_000_000))), {}, { ...pair, ca: authority.pem });
      expect(await read(3_000_000)).toBe('x'.repeat(3_000_000));
      const stranger = openStore({
        bucket: 'bucket',
        prefix: '',
        region: 'us-east-1',
        endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
        forcePathStyle: true,
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      });
      await expect(stranger.readRange('key', 0, Buffer.alloc(1))).rejects.toMatchObject({ kind: 'unavailable' });
      stranger.close();
      expect(requests).toHaveLength(1);
    });

    it('is asked for once more where the connection that was kept has been closed', async () => {
      await answering((socket, n) => {
        if (n === 2) socket.destroy();
        else socket.write(partial('0123456789'));
      });
      expect(await read(10)).toBe('0123456789');
      expect(await read(10)).toBe('0123456789');
      expect(requests).toHaveLength(3);
    });
  });

  describe('an answer that is not what was asked for', () => {
    it.each([
      ['another range', partial('0123456789', 'Content-Length: 10\r\nContent-Range: bytes 1-10/100')],
      ['fewer bytes than asked for', partial('01234')],
      ['more bytes than asked for', partial('0123456789a')],
      ['fewer bytes in chunks', partial('5\r\n01234\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')],
      ['more bytes in chunks', partial('b\r\n0123456789a\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')],
      ['a chunk of a size that is none', partial('-1\r\n', 'Transfer-Encoding: chunked')],
      ['a chunk longer than it says', partial('4\r\n0123456789\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')],
      [
        'a trailer without an end',
        partial(`a\r\n0123456789\r\n0\r\n${'x: y\r\n'.repeat(70)}`, 'Transfer-Encoding: chunked'),
      ],
      ['a line of chunks without an end', partial('1'.repeat(5_000), 'Transfer-Encoding: chunked')],
      ['no length', partial('0123456789', 'X-Any: thing')],
      ['two lengths', partial('0123456789', 'Content-Length: 10\r\nContent-Length: 10')],
      [
        'a length and chunks',
        partial('a\r\n0123456789\r\n0\r\n\r\n', 'Content-Length: 10\r\nTransfer-Encoding: chunked'),
      ],
      ['a length that is no number', partial('0123456789', 'Content-Length: +10')],
      ['an encoding that nobody knows', partial('0123456789', 'Transfer-Encoding: gzip, chunked')],
      ['a folded header', partial('0123456789', 'Content-Length: 10\r\n folded')],
      ['a header without a name', partial('0123456789', 'Content-Length: 10\r\n: value')],
      ['a header with a control character', partial('0123456789', 'Content-Length: 10\r\nX: a\0b')],
      ['a head that does not end', `HTTP/1.1 206 Partial Content\r\n${'X: y\r\n'.repeat(10_000)}`],
      ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
      ['a change of the protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
      ['all of an object where its middle was asked for', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789', 5],
    ])('fails where the store sends %s, and the connection is closed', async (_, answer, offset = 0) => {
      await answering((socket) => socket.write(answer, 'latin1'));
      await expect(read(10, offset)).rejects.toMatchObject({
        name: 'StoreError',
        kind: 'unavailable',
        operation: 'GetObject',
      });
      await closed();
    });

    it.each([
      ['in the head', 'HTTP/1.1 206 Part'],
      ['before the first byte', partial('', 'Content-Length: 10')],
      ['in the middle', partial('01234', 'Content-Length: 10')],
      ['in a chunk', partial('a\r\n01234', 'Transfer-Encoding: chunked')],
    ])('fails where the connection is cut %s', async (_, answer) => {
      await answering((socket) => socket.end(answer));
      await expect(read(10)).rejects.toMatchObject({ kind: 'unavailable', code: 'IncompleteBody' });
    });

    it('writes nothing behind the range, and trusts a connection no further that sends more', async () => {
      await answering((socket) => socket.write(partial('0123456789HTTP/1.1 206 forged', 'Content-Length: 10')));
      const memory = shared ? Buffer.from(new SharedArrayBuffer(20)).fill('?') : Buffer.alloc(20, '?');
      await store.readRange('key', 0, memory.subarray(5, 15));
      expect(memory.toString()).toBe('?????0123456789?????');
      await closed();
      expect(await read(10)).toBe('0123456789');
      expect(sockets).toHaveLength(2);
    });

    it('does not follow where another place is named', async () => {
      await answering((socket) =>
        socket.write('HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
      );
      await expect(read(10)).rejects.toMatchObject({ kind: 'invalid', status: 307 });
      expect(requests).toHaveLength(1);
    });
  });

  describe('a refusal', () => {
    const xml = '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>less, please</Message></Error>';
    it.each([
      ['with a length', `Content-Length: ${xml.length}\r\n\r\n${xml}`],
      ['in chunks', `Transfer-Encoding: chunked\r\n\r\n${xml.length.toString(16)}\r\n${xml}\r\n0\r\n\r\n`],
      ['up to the end of the connection', `Connection: close\r\n\r\n${xml}`],
    ])('is read %s', async (title, rest) => {
      await answering((socket) => {
        socket.write(`HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n${rest}`);
        if (title.endsWith('connection')) socket.end();
      });
      await expect(read(10)).rejects.toMatchObject({
        kind: 'throttled',
        code: 'SlowDown',
        status: 503,
        retryAfterMs: 7_000,
      });
    });

    it('is recognised by its status where its text is too long', async () => {
      await answering((socket) =>
        socket.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: 99999999\r\n\r\n${'x'.repeat(70_000)}`),
      );
      await expect(read(10)).rejects.toMatchObject({ kind: 'denied', status: 403 });
      await closed();
    });

    it.each([
      [404, 'NoSuchKey', 'missing'],
      [412, 'PreconditionFailed', 'changed'],
      [416, 'InvalidRange', 'changed'],
      [403, 'SignatureDoesNotMatch', 'denied'],
      [500, 'InternalError', 'unavailable'],
    ])('%s %s is an error of the kind %s', async (status, code, kind) => {
      const body = `<Error><Code>${code}</Code></Error>`;
      await answering((socket) =>
        socket.write(`HTTP/1.1 ${status} No\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
      );
      await expect(read(10)).rejects.toMatchObject({ kind, code, status });
    });
  });

  describe('a request that takes too long', () => {
    it.each([
      ['nothing comes', ''],
      ['the body stops', partial('01234', 'Content-Length: 10')],
    ])('is given up where %s', async (_, answer) => {
      await answering((socket) => socket.write(answer), { inactivityMs: 100 });
      await expect(read(10)).rejects.toMatchObject({ kind: 'unavailable', code: 'TimeoutError' });
      await closed();
    });

    it('is given up as a whole, even while bytes trickle in', async () => {
      await answering((socket) => void slowly(socket, partial('0'.repeat(100_000))), { requestMs: 300 });
      await expect(read(100_000)).rejects.toMatchObject({ kind: 'unavailable', code: 'TimeoutError' });
      await closed();
    });

    it('closes its connection when it is stopped', async () => {
      await answering((socket) => socket.write(partial('01234', 'Content-Length: 10')));
      const stop = new AbortController();
      const reading = read(10, 0, stop.signal);
      while (requests.length === 0) await new Promise(setImmediate);
      stop.abort();
      await expect(reading).rejects.toMatchObject({ kind: 'aborted' });
      await closed();
    });
  });
});

it('lets the event loop run while bytes arrive as fast as they can be read', async () => {
  const size = 64 * 1024 * 1024;
  await answering((socket) => {
    socket.write(`HTTP/1.1 206 Partial Content\r\ncontent-length: ${size}\r\n\r\n`);
    socket.write(Buffer.alloc(size, 'x'));
  });
  let turns = 0;
  let reading = true;
  const count = (): void => {
    turns += 1;
    if (reading) setImmediate(count);
  };
  setImmediate(count);
  const into = Buffer.alloc(size);
  await store.readRange('key', 0, into);
  reading = false;
  expect(into.every((byte) => byte === 0x78)).toBe(true);
  // A turn for each 512 KiB; the system alone would read 16 MiB and more in one.
  expect(turns).toBeGreaterThanOrEqual(size / (512 * 1024));
});

/** Byte by byte, as the slowest network would. */
async function slowly(socket: Socket, text: string): Promise<void> {
  socket.setNoDelay(true);
  for (const byte of text) {
    if (socket.destroyed) return;
    socket.write(byte, 'latin1');
    await new Promise(setImmediate);
  }
}

/** The server sees its connections closed. */
async function closed(): Promise<void> {
  // Bytes that nobody read make it a reset; what matters is the end.
  await Promise.all(
    sockets.map(async (socket) => {
      if (!socket.closed) await new Promise((ended) => socket.once('close', ended));
    }),
  );
}
