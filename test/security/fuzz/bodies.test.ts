import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { HttpFailed } from '../../../src/yugabyte';
import { readEntities } from '../../../src/yugabyte/http/dump-entities';
import { readTabletServers } from '../../../src/yugabyte/http/tablet-servers';
import { readTserverTablets } from '../../../src/yugabyte/http/tserver-tablets';
import { readVarz } from '../../../src/yugabyte/http/varz';
import { readVersion } from '../../../src/yugabyte/http/version';
import { readCql } from '../../../src/yugabyte/ycql/cql-definitions';
import { rolesToCreate } from '../../../src/yugabyte/ysql-dump/contents/roles-of-dump';
import { UnfinishedSql } from '../../../src/yugabyte/ysql-dump/scan/scan-sql';
import { mutatedBytes, mutatedJson } from './mutations';
import { runs } from '../../support/matrix';

const FIXTURES = join(__dirname, '../../fixtures/http/2025.1');
const fixture = (name: string): Buffer => readFileSync(join(FIXTURES, name));
const ENTITIES = JSON.parse(String(fixture('dump-entities.json'))) as unknown;

/** How a body comes: as it is, packed, in pieces, with a wrong length, cut, or not at all. */
interface Sending {
  pack: 'none' | 'gzip' | 'deflate' | 'br' | 'said alone';
  pieces: number[];
  /** Of the bytes that were announced or begun; 1: all. */
  part: number;
  length: 'right' | 'chunked' | 'too long' | 'too short';
  status: number;
  type: string;
}
const sending: fc.Arbitrary<Sending> = fc.record({
  pack: fc.constantFrom('none', 'gzip', 'deflate', 'br', 'said alone'),
  pieces: fc.array(fc.nat({ max: 400 }), { maxLength: 4 }),
  part: fc.constantFrom(1, 1, 1, 0.5, 0),
  length: fc.constantFrom('right', 'chunked', 'too long', 'too short'),
  status: fc.constantFrom(200, 200, 200, 204, 304, 404, 503),
  type: fc.constantFrom('application/json', 'text/html', 'text/plain; charset=utf-16'),
});
const PACKED = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };

function send(response: ServerResponse, body: Buffer, { pack, pieces, part, length, status, type }: Sending): void {
  const packed = pack === 'none' || pack === 'said alone' ? body : PACKED[pack](body);
  const said = { right: packed.length, 'too long': packed.length + 7, 'too short': Math.max(0, packed.length - 3) };
  response.on('error', () => undefined);
  const socket = response.socket;
  const lines = [
    `HTTP/1.1 ${status} Said`,
    `content-type: ${type}`,
    ...(pack === 'none' ? [] : [`content-encoding: ${pack === 'said alone' ? 'gzip' : pack}`]),
    length === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${said[length]}`,
  ];
  // By hand: what node itself would not send.
  socket?.write(`${lines.join('\r\n')}\r\n\r\n`);
  const kept = packed.subarray(0, Math.floor(packed.length * part));
  let from = 0;
  for (const size of [...pieces, kept.length]) {
    const piece = kept.subarray(from, from + size);
    from += piece.length;
    if (piece.length === 0) continue;
    if (length === 'chunked') socket?.write(`${piece.length.toString(16)}\r\n`);
    socket?.write(piece);
    if (length === 'chunked') socket?.write('\r\n');
  }
  if (length === 'chunked' && part === 1) socket?.write('0\r\n\r\n');
  socket?.end();
}

describe('23: whatever a web page sends, and however, it is read or is HttpFailed:', () => {
  let server: Server;
  let base: string;
  let answer: (response: ServerResponse) => void;
  beforeAll(async () => {
    server = createServer((_, response) => {
      answer(response);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  const options = { timeoutMs: 5_000, maxBytes: 1024 * 1024 };
  const READERS: [string, (url: string) => Promise<unknown>][] = [
    ['the entities', async (url) => await readEntities(url, options)],
    ['the tservers', async (url) => await readTabletServers(url, options)],
    ['the tablets of a tserver', async (url) => await readTserverTablets(url, options)],
    ['the flags', async (url) => await readVarz(url, options)],
    ['the release', async (url) => await readVersion(url, options)],
  ];
  const bodies = fc.oneof(
    mutatedJson(ENTITIES).map((text) => Buffer.from(text)),
    mutatedBytes(fixture('dump-entities.json')),
    fc.constantFrom(Buffer.alloc(2 * 1024 * 1024, 0x20), Buffer.from('\ufeff{}'), Buffer.alloc(0)),
  );

  it.each(READERS)('%s', async (_, read) => {
    await fc.assert(
      fc.asyncProperty(bodies, sending, async (body, how) => {
        answer = (response) => {
          send(response, body, how);
        };
        try {
          await read(base);
        } catch (error) {
          if (!(error instanceof HttpFailed)) throw error;
          expect(error.message.length).toBeLessThan(20_000);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: runs(50, 5) },
    );
  });

  it('what is cut is never taken for the whole', async () => {
    const whole = fixture('dump-entities.json');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Sending['pack']>('none', 'gzip', 'deflate', 'br'),
        fc.constantFrom<Sending['length']>('right', 'chunked', 'too long'),
        fc.constantFrom(0.3, 0.9, 0.99),
        async (pack, length, part) => {
          answer = (response) => {
            send(response, whole, { pack, length, part, pieces: [], status: 200, type: 'application/json' });
          };
          await expect(readEntities(base, options)).rejects.toBeInstanceOf(HttpFailed);
        },
      ),
      { numRuns: runs(50, 5) },
    );
  });

  it('what is whole is read whole, however it is packed and cut into pieces', async () => {
    const whole = fixture('dump-entities.json');
    answer = (response) => response.end(whole);
    const expected = await readEntities(base, options);
    await fc.assert(
      fc.asyncProperty(sending, async (how) => {
        answer = (response) => {
          send(response, whole, {
            ...{ ...how, part: 1, status: 200, length: how.length === 'chunked' ? 'chunked' : 'right' },
            pack: how.pack === 'gzip' || how.pack === 'deflate' ? how.pack : 'none', // what is asked for
          });
        };
        expect(await readEntities(base, options)).toEqual(expected);
      }),
      { numRuns: runs(50, 5) },
    );
  });
});

/** As `ycqlsh` prints a keyspace. */
const KEYSPACE = `CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '3'} AND durable_writes = true;

CREATE TYPE shop.place (street text, "Zip; code" int);

CREATE TABLE shop.orders (id uuid, day date, note text, places frozen<list<place>>, PRIMARY KEY ((id), day))
    WITH CLUSTERING ORDER BY (day DESC) AND default_time_to_live = 0 AND transactions = {'enabled': 'true'};
CREATE INDEX by_note ON shop.orders (note, id) INCLUDE (day) WITH transactions = {'enabled': 'true'};
`;
const ROLES = `SET default_transaction_read_only = off;
CREATE ROLE app;
ALTER ROLE app WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN;
SELECT EXISTS(SELECT 1 FROM pg_roles WHERE rolname = 'x y') AS role_exists \\gset
\\if :role_exists
    \\echo 'Role already exists:' "x y"
\\else
    CREATE ROLE "x y";
\\endif
CREATE TABLESPACE "near" OWNER app LOCATION '' WITH (replica_placement='{"num_replicas":3}');
COMMENT ON ROLE app IS 'a ; "comment"';
`;

describe('23: whatever a tool writes, it is read in the end:', () => {
  const spent = (work: () => unknown): number => {
    const { user } = process.cpuUsage();
    work();
    return (process.cpuUsage().user - user) / 1000;
  };

  /** A text that is cut off says so. */
  const finished = (read: () => string[]): string[] => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UnfinishedSql)) throw error;
      return [];
    }
  };

  it('definitions of a keyspace: what is no definition of it is refused, and nothing is thrown', () => {
    expect(readCql(KEYSPACE, 'shop')).toMatchObject({ refused: 0, definitions: { length: 4 } });
    fc.assert(
      fc.property(mutatedBytes(Buffer.from(KEYSPACE)), (bytes) => {
        const { definitions, refusals } = readCql(bytes.toString('utf8'), 'shop');
        expect(refusals.length).toBeLessThanOrEqual(20);
        for (const { statementIn } of definitions) {
          // Read once more, what is sent is one definition, and of no other keyspace.
          const again = readCql(`${statementIn('copy')};`, 'copy');
          expect([again.definitions.length, again.refused]).toEqual([1, 0]);
        }
      }),
      { numRuns: runs(300, 20) },
    );
  });

  it('roles: only those that are missing are created, and nothing is thrown', () => {
    const createdOf = (text: string): string[] =>
      rolesToCreate(text, { missing: ['app', 'x y'], there: [] }).sql.match(/^CREATE.*$/gm) ?? [];
    expect(createdOf(ROLES)).toEqual(['CREATE ROLE app;', 'CREATE ROLE "x y";']);
    fc.assert(
      fc.property(mutatedBytes(Buffer.from(ROLES)), (bytes) => {
        const text = bytes.toString('utf8');
        for (const created of finished(() => createdOf(text))) expect(created).toMatch(/^CREATE\s/i);
      }),
      { numRuns: runs(300, 20) },
    );
  });

  it.each([
    'CREATE ROLE a',
    "CREATE ROLE 'a",
    'CREATE ROLE "a',
    '$a$',
    '/* ',
    '(',
    'CREATE TABLE shop.a (',
    "'a''",
    '\\if ',
    '\u2028',
  ])('time grows with the length and no faster: %j', (unit) => {
    const text = unit.repeat(Math.ceil((256 * 1024) / unit.length));
    expect(spent(() => readCql(text, 'shop'))).toBeLessThan(1_500);
    expect(spent(() => finished(() => [rolesToCreate(text, { missing: ['a'], there: [] }).sql]))).toBeLessThan(1_500);
  });
});
