import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import type { Cluster } from '../cluster';
import { readPages, writeRows } from '../cql/run/copy-rows';
import { CqlError } from '../cql/errors';
import { execute } from '../cql/run/execute';
import { describeKeyspace, keyspaceNames } from '../cql/catalog/keyspaces';
import { NativeConnection, type Port } from '../cql/native/connection';
import { FrameReader } from '../cql/native/frames';
import { lineReader, type CqlReply, type CqlRequest } from '../cql/protocol';
import { Session } from '../cql/run/session';
import { Mutex } from '../mutex';
import { RELEASES } from '../releases';

/** The role that a real cluster begins with, once `use_cassandra_authentication` is set. */
const ROLE = { user: 'cassandra', password: 'cassandra' };
/** First bytes of a connection: of a TLS handshake, and of a request of the emulator's own shell. */
const TLS_HANDSHAKE = 0x16;
const SHELL = '{'.charCodeAt(0);

/** Answers what comes over a connection, piece by piece; rejects where nothing more can be answered. */
type Answerer = (chunk: Buffer) => Promise<void>;

/**
 * The YCQL port: the native protocol for drivers, and the private one of the emulator's ycqlsh, told apart by the first
 * byte.
 */
export function ycqlServer(cluster: Cluster): Server & { closeAllConnections(): void } {
  const { ycqlTls } = cluster.options;
  const secure = ycqlTls && createSecureContext({ key: readFileSync(ycqlTls.key), cert: readFileSync(ycqlTls.cert) });
  const sockets = new Set<Socket>();
  const prepared: Port['prepared'] = new Map();
  const server = createServer((raw) => {
    sockets.add(raw);
    raw.on('error', () => undefined); // the client went away
    raw.on('close', () => sockets.delete(raw));
    raw.once('data', (first: Buffer) => {
      raw.pause();
      raw.unshift(first);
      const socket = secured(raw, first, secure);
      if (socket) serve(cluster, socket, prepared);
      else raw.destroy();
    });
  });
  return Object.assign(server, {
    closeAllConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
  });
}

/** The connection as it is to be read; undefined where one side wants TLS and the other one does not. */
function secured(raw: Socket, [first]: Buffer, secureContext: SecureContext | undefined): Socket | undefined {
  const asked = first === TLS_HANDSHAKE;
  if (asked !== (secureContext !== undefined)) return undefined;
  if (!secureContext) return raw;
  const socket = new TLSSocket(raw, { isServer: true, secureContext });
  socket.on('error', () => raw.destroy());
  return socket;
}

/** Requests of one connection are answered one after the other. */
function serve(cluster: Cluster, socket: Socket, prepared: Port['prepared']): void {
  const session = new Session(cluster, socket.localAddress?.replace(/^::ffff:/, ''));
  const order = new Mutex();
  let answerer: Answerer | undefined;
  socket.on('close', () => {
    void order.run(async () => await session.close());
  });
  socket.on('data', (chunk: Buffer) => {
    answerer ??= chunk[0] === SHELL ? shellAnswerer(session, socket) : nativeAnswerer(session, socket, prepared);
    const answer = answerer;
    void order.run(async () => {
      // It speaks another protocol, its answer is to be lost, or the emulator is at its end.
      await answer(chunk).catch(() => socket.destroy());
    });
  });
  socket.resume();
}

function nativeAnswerer(session: Session, socket: Socket, prepared: Port['prepared']): Answerer {
  const { cluster } = session;
  const frames = new FrameReader();
  const connection = new NativeConnection(session, {
    login: wantsLogin(cluster) ? refusalOf : undefined,
    prepared,
    before: async () => {
      await beforeStatement(cluster, 'ycql');
    },
    losesReply: () => cluster.faults.strike('lose-reply', 'ycql') !== undefined,
  });
  return async (chunk) => {
    for (const frame of frames.take(chunk))
      for (const answer of await connection.answer(frame)) await write(socket, answer);
  };
}

function shellAnswerer(session: Session, socket: Socket): Answerer {
  let welcome = false;
  const lines: string[] = [];
  const read = lineReader((line) => lines.push(line));
  return async (chunk) => {
    read(chunk);
    for (const line of lines.splice(0)) welcome = await serveShell(session, socket, line, welcome);
  };
}

/** What strikes before a statement. Throws a `CqlError`. */
async function beforeStatement(cluster: Cluster, name: 'ycql' | 'ycqlsh'): Promise<void> {
  const fault = await cluster.faults.beforeCommand(name, async (database, sql) => await cluster.runSql(database, sql));
  if (fault !== undefined) throw new CqlError('ServerError', fault);
}

/** Answers one request of the shell. Returns whether the client has said who it is. */
async function serveShell(session: Session, socket: Socket, line: string, welcome: boolean): Promise<boolean> {
  const request = JSON.parse(line) as CqlRequest;
  if (!welcome && request.op !== 'hello') throw new Error('no hello');
  try {
    for await (const reply of repliesTo(session, request)) {
      await send(socket, reply);
      if (reply.reply === 'welcome') welcome = true;
      if (reply.reply === 'refused') socket.end();
    }
  } catch (error) {
    const known =
      error instanceof CqlError
        ? error
        : new CqlError('ServerError', error instanceof Error ? error.message : String(error));
    await send(socket, { reply: 'error', kind: known.kind, message: known.message });
  }
  return welcome;
}

const send = async (socket: Socket, reply: CqlReply): Promise<void> => {
  await write(socket, `${JSON.stringify(reply)}\n`);
};

async function write(socket: Socket, answer: Buffer | string): Promise<void> {
  if (socket.destroyed) throw new Error('the client went away');
  if (!socket.write(answer)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
}

async function* repliesTo(session: Session, request: CqlRequest): AsyncGenerator<CqlReply> {
  const { cluster } = session;
  switch (request.op) {
    case 'hello':
      yield greeting(cluster, request);
      return;
    case 'cql': {
      await beforeStatement(cluster, 'ycqlsh');
      const result = await execute(session, request.text);
      if (cluster.faults.strike('lose-reply', 'ycqlsh')) throw new CqlError('ServerError', 'Timed out. RPC timed out');
      yield { reply: 'result', result };
      return;
    }
    case 'describe': {
      const names = await keyspaceNames(cluster);
      yield {
        reply: 'described',
        keyspaces: await Promise.all(names.map(async (name) => await describeKeyspace(cluster, name))),
      };
      return;
    }
    case 'read':
      for await (const rows of readPages(session, request)) yield { reply: 'page', rows };
      yield { reply: 'end' };
      return;
    case 'write':
      yield { reply: 'written', failed: await writeRows(session, request) };
  }
}

const wantsLogin = ({ state }: Cluster): boolean => state.flags['use_cassandra_authentication'] === 'true';

/** cql_processor.cc: `ProcessAuthResult`. */
const refusalOf = (user: string, password: string): string | undefined =>
  user === ROLE.user && password === ROLE.password
    ? undefined
    : `Provided username ${user} and/or password are incorrect`;

function greeting(cluster: Cluster, { user, password }: Extract<CqlRequest, { op: 'hello' }>): CqlReply {
  const welcome: CqlReply = { reply: 'welcome', release: RELEASES[cluster.options.dialect] };
  if (!wantsLogin(cluster)) return welcome;
  if (user === undefined) return { reply: 'refused', reason: 'Remote end requires authentication' };
  const refused = refusalOf(user, password ?? '');
  return refused === undefined
    ? welcome
    : { reply: 'refused', reason: `Error from server: code=0100 [Bad credentials] message="${refused}"` };
}
