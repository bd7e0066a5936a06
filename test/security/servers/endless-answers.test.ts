import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { listNamespaces, listTables, openYugabyte, SqlConnection, ysqlCatalogVersion } from '../../../src/yugabyte';
import { LIMITS } from '../../../src/yugabyte/process/limits';
import { readMadeFile } from '../../../src/yugabyte/process/read-made-file';
import { limitAnswers } from '../../../src/yugabyte/ysql/session/answer-limit';
import { linesOf } from '../../../src/yugabyte/ycql/lines-of';
import { FakeTools, gone } from '../../yugabyte/fake-tools';

const MIB = 1024 * 1024;
const CONFIG = {
  masters: [],
  ysql: { host: '127.0.0.1', port: 1, user: 'u', database: 'd' },
  timeouts: { rpcMs: 10_000, commandMs: 60_000, httpMs: 1_000 },
};

describe('23.8: a tool that prints for ever', () => {
  let tools: FakeTools;
  beforeEach(() => {
    tools = new FakeTools();
  });
  afterEach(() => {
    tools.remove();
  });
  const endless = (before = ''): string =>
    `${before}\necho $$ > ${tools.path('pid')}\nexec yes 'a line that a hostile server made up'`;
  const version = 'if [ "$1" = --version ]; then echo "version 2025.1.1.0 build 100"; exit; fi';
  const cluster = () => openYugabyte(tools.config({ ycql: { host: '127.0.0.1', port: 9042 } }));
  const itsEnd = async (): Promise<void> => {
    await gone(Number(readFileSync(tools.path('pid'), 'utf8')));
  };
  const tooMuch = (bytes: number) => ({
    kind: 'ToolFailed',
    transient: false,
    message: expect.stringContaining(`it printed more than ${bytes} bytes`) as string,
  });

  it.each([
    ['yb-admin that gives an answer', 1 * MIB, async () => await cluster().run(ysqlCatalogVersion, {})],
    ['yb-admin that lists tables', 64 * MIB, async () => await cluster().run(listTables, {})],
    ['yb-admin that lists databases', 64 * MIB, async () => await cluster().run(listNamespaces, {})],
  ])('23.8: %s is ended beyond its limit', async (_, bytes, run) => {
    tools.write('yb-admin', endless(version));
    await expect(run()).rejects.toMatchObject(tooMuch(bytes));
    await itsEnd();
  });

  it.each([
    ['a tool that is asked for its version', 1 * MIB, 'yb-admin', async () => await cluster().release()],
    ['ysql_dump that is asked for its help', 1 * MIB, 'ysql_dump', async () => await cluster().dump.hasReadTime()],
    ['ycqlsh that describes', 64 * MIB, 'ycqlsh', async () => await cluster().cql.describeKeyspace('k')],
  ])('23.8: %s is ended beyond its limit', async (_, bytes, tool, run) => {
    tools.write(tool, endless());
    await expect(run()).rejects.toMatchObject(tooMuch(bytes));
    await itsEnd();
  });

  it('23.8: ysql_dump that writes its file for ever is ended, and its file is not read', async () => {
    const file = tools.path('schema.sql');
    tools.write(
      'ysql_dump',
      `echo $$ > ${tools.path('pid')}\nexec dd if=/dev/zero of=${file} bs=1M count=4096 2>/dev/null`,
    );
    const yugabyte = cluster();
    jest.spyOn(yugabyte.sql, 'knownSettings').mockResolvedValue({});
    await expect(yugabyte.dump.schema({ database: 'd', file })).rejects.toMatchObject({
      message: expect.stringContaining(`it wrote a file of more than ${256 * MIB} bytes`) as string,
    });
    await itsEnd();
    expect(existsSync(file)).toBe(true);
    await expect(readMadeFile(file, 'ysql_dump')).rejects.toThrow(/it wrote a file of more than/);
  });
});

describe('23.8: a row without an end', () => {
  async function* forEver(): AsyncGenerator<Buffer> {
    for (;;) yield await Promise.resolve(Buffer.alloc(64 * 1024, 0x61));
  }

  it('23.8: is given up beyond its limit', async () => {
    const reading = (async () => {
      for await (const line of linesOf(forEver(), MIB)) throw new Error(`a line of ${line.length} bytes`);
    })();
    await expect(reading).rejects.toMatchObject({ kind: 'ToolFailed', transient: false });
  });

  it('23.8: of the limit comes whole, in whatever pieces', async () => {
    const row = Buffer.alloc(MIB, 0x62);
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0; at < row.length; at += 1000) yield await Promise.resolve(row.subarray(at, at + 1000));
      yield Buffer.from('\r\nnext\n\nlast');
    }
    const lines: Buffer[] = [];
    for await (const line of linesOf(pieces(), MIB)) lines.push(line);
    expect(lines.map(({ length }) => length)).toEqual([MIB, 4, 4]);
    expect(lines[0]?.equals(row)).toBe(true);
    expect(lines.slice(1).map(String)).toEqual(['next', 'last']);
  });
});

describe('23.8: a SQL server that answers for ever', () => {
  const open = new Set<Socket>();
  let server: Server | undefined;
  afterEach(async () => {
    for (const socket of open) socket.destroy();
    open.clear();
    if (server) await once(server.close(), 'close');
    server = undefined;
  });
  const message = (type: string, body: Buffer): Buffer => {
    const header = Buffer.alloc(5);
    header.write(type);
    header.writeUInt32BE(body.length + 4, 1);
    return Buffer.concat([header, body]);
  };
  const READY = message('Z', Buffer.from('I'));
  const LET_IN = Buffer.concat([message('R', Buffer.alloc(4)), READY]);
  /** One column "name" of type text. */
  const DESCRIPTION = message(
    'T',
    Buffer.from('0001 6e616d6500 00000000 0000 00000019 ffff ffffffff 0000'.replaceAll(' ', ''), 'hex'),
  );
  const row = (bytes: number): Buffer => {
    const head = Buffer.alloc(6);
    head.writeUInt16BE(1);
    head.writeUInt32BE(bytes, 2);
    return message('D', Buffer.concat([head, Buffer.alloc(bytes, 0x61)]));
  };
  let sent = 0;

  /** Lets everybody in, and answers the first question with `pieces`, then with one row. */
  async function serve(pieces: () => Iterable<Buffer>): Promise<SqlConnection> {
    sent = 0;
    server = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
      let letIn = false;
      let asked = 0;
      socket.on('data', (data: Buffer) => {
        if (data.length === 8) return void socket.write('N'); // SSLRequest
        if (!letIn) {
          letIn = true;
          return void socket.write(LET_IN);
        }
        asked += 1;
        // The first statement of each session sets what our sessions need.
        if (asked !== 2)
          return void socket.write(
            Buffer.concat([DESCRIPTION, row(1), message('C', Buffer.from('SELECT 1\0')), READY]),
          );
        const answer = pieces()[Symbol.iterator]();
        const more = (): void => {
          const { value, done } = answer.next();
          if (done || socket.destroyed) return;
          sent += value.length;
          socket.write(value, more);
        };
        more();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new SqlConnection({ host: '127.0.0.1', port, user: 'u', database: 'd' }, 60_000);
  }
  const ask = async (sql: SqlConnection): Promise<unknown> =>
    await sql.use('d', 'list', async (query) => await query('SELECT name'));
  const tooMuch = {
    kind: 'SqlFailed',
    transient: false,
    message: expect.stringContaining(`the answer is larger than ${LIMITS.sqlBytes} bytes`) as string,
  };

  it('23.8: with rows is left at the limit', async () => {
    const sql = await serve(function* () {
      yield DESCRIPTION;
      for (;;) yield row(4 * MIB);
    });
    await expect(ask(sql)).rejects.toMatchObject(tooMuch);
    expect(sent).toBeLessThan(LIMITS.sqlBytes + 32 * MIB);
  });

  it('23.8: with one message without an end is left at the limit', async () => {
    await serve(function* () {
      yield DESCRIPTION;
      const head = Buffer.alloc(5);
      head.write('D');
      head.writeUInt32BE(0x7fffffff, 1);
      yield head;
      for (;;) yield Buffer.alloc(64 * 1024, 0x61);
    });
    const client = new Client({ host: '127.0.0.1', port: (server?.address() as AddressInfo).port, user: 'u' });
    client.on('error', () => undefined);
    limitAnswers(client, 4 * MIB);
    await client.connect();
    await client.query('SET of our sessions');
    await expect(client.query('SELECT name')).rejects.toThrow(`the answer is larger than ${4 * MIB} bytes`);
    expect(sent).toBeLessThan(32 * MIB);
  });

  it('23.8: with notices alone is left at the limit', async () => {
    const notice = message(
      'N',
      Buffer.concat([Buffer.from('SNOTICE\0M'), Buffer.alloc(MIB, 0x61), Buffer.from('\0\0')]),
    );
    const sql = await serve(function* () {
      for (;;) yield notice;
    });
    await expect(ask(sql)).rejects.toMatchObject(tooMuch);
  });

  it('23.8: within the limit, question after question, is heard', async () => {
    const sql = await serve(function* () {
      yield DESCRIPTION;
      for (let i = 0; i < 30; i += 1) yield row(4 * MIB);
      yield message('C', Buffer.from('SELECT 30\0'));
      yield READY;
    });
    const lengths = await sql.use('d', 'list', async (query) => {
      const first = await query('SELECT name');
      return [first.length, (await query('SELECT name')).length];
    });
    expect(lengths).toEqual([30, 1]);
  });
});

describe('23.8: a YCQL server that answers for ever', () => {
  const open = new Set<Socket>();
  let server: Server | undefined;
  afterEach(async () => {
    for (const socket of open) socket.destroy();
    open.clear();
    if (server) await once(server.close(), 'close');
    server = undefined;
  });
  const [READY, RESULT] = [2, 8];
  /** A frame of version 4 whose body is said to have `length` bytes. */
  const frame = (stream: Buffer, opcode: number, length: number): Buffer => {
    const header = Buffer.from([0x84, 0, stream[0] ?? 0, stream[1] ?? 0, opcode, 0, 0, 0, 0]);
    header.writeInt32BE(length, 5);
    return header;
  };
  let sent = 0;

  /** Lets everybody in where `ready`; the next request gets a frame of 2 GiB, as fast as it is read. */
  async function serve(ready: boolean): Promise<number> {
    sent = 0;
    server = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
      let requests = 0;
      let answering = false;
      socket.on('data', (data: Buffer) => {
        const stream = data.subarray(2, 4);
        requests += 1;
        if (ready && requests === 1) return void socket.write(frame(stream, READY, 0));
        if (answering) return;
        answering = true;
        socket.write(frame(stream, RESULT, 0x7fffffff));
        const piece = Buffer.alloc(4 * MIB, 0x61);
        const more = (): void => {
          if (socket.destroyed) return;
          sent += piece.length;
          socket.write(piece, more);
        };
        more();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  it.each([
    ['before it lets us in', false],
    ['to a question', true],
  ])('23.8: %s is left at the limit', async (_, ready) => {
    const port = await serve(ready);
    const { cql } = openYugabyte({ ...CONFIG, ycql: { host: '127.0.0.1', port } });
    await expect(cql.ping()).rejects.toMatchObject({
      kind: 'CqlFailed',
      transient: false,
      message: expect.stringContaining(`the answer is larger than ${LIMITS.sqlBytes} bytes`) as string,
    });
    expect(sent).toBeLessThan(LIMITS.sqlBytes + 32 * MIB);
  });
});

it('23.8: a file that a tool made is read whole up to its limit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalpa-made-'));
  try {
    const file = join(folder, 'made');
    writeFileSync(file, 'schema');
    expect(String(await readMadeFile(file, 'ysql_dump', 6))).toBe('schema');
    await expect(readMadeFile(file, 'ysql_dump', 5)).rejects.toMatchObject({ transient: false, final: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
