import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import type { Cluster } from '../cluster';
import { CqlError } from '../cql/errors';
import { NativeConnection, type Port } from '../cql/native/connection';
import { FrameReader } from '../cql/native/frames';
import { Session } from '../cql/run/session';
import { Mutex } from '../mutex';

/** The role that a real cluster begins with, once `use_cassandra_authentication` is set. */
const ROLE = { user: 'cassandra', password: 'cassandra' };
/** First byte of a connection that begins with a TLS handshake. */
const TLS_HANDSHAKE = 0x16;

/** Responds to what arrives on a connection, chunk by chunk; rejects when no further response is possible. */
type Answerer = (chunk: Buffer) => Promise<void>;

/** The YCQL port. */
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
  const wantsTls = first === TLS_HANDSHAKE;
  if (wantsTls !== (secureContext !== undefined)) return undefined;
  if (!secureContext) return raw;
  const socket = new TLSSocket(raw, { isServer: true, secureContext });
  socket.on('error', () => raw.destroy());
  return socket;
}

/** Requests of one connection are answered one after the other. */
function serve(cluster: Cluster, socket: Socket, prepared: Port['prepared']): void {
  const session = new Session(cluster, socket.localAddress?.replace(/^::ffff:/, ''));
  const order = new Mutex();
  const answer = answererOf(session, socket, prepared);
  socket.on('close', () => {
    void order.run(async () => await session.close());
  });
  socket.on('data', (chunk: Buffer) => {
    void order.run(async () => {
      // Another protocol, a response that is to be lost, or the emulator is shutting down.
      await answer(chunk).catch(() => socket.destroy());
    });
  });
  socket.resume();
}

function answererOf(session: Session, socket: Socket, prepared: Port['prepared']): Answerer {
  const { cluster } = session;
  const frames = new FrameReader();
  const connection = new NativeConnection(session, {
    login: wantsLogin(cluster) ? refusalOf : undefined,
    prepared,
    before: async () => {
      await beforeStatement(cluster);
    },
    losesReply: () => cluster.faults.strike('lose-reply', 'ycql') !== undefined,
  });
  return async (chunk) => {
    for (const frame of frames.take(chunk))
      for (const answer of await connection.answer(frame)) await write(socket, answer);
  };
}

/** Applies the faults that are due before a statement. Throws a `CqlError`. */
async function beforeStatement(cluster: Cluster): Promise<void> {
  const fault = await cluster.faults.beforeCommand(
    'ycql',
    async (database, sql) => await cluster.runSql(database, sql),
  );
  if (fault !== undefined) throw new CqlError('ServerError', fault);
}

async function write(socket: Socket, answer: Buffer): Promise<void> {
  if (socket.destroyed) throw new Error('the client went away');
  if (!socket.write(answer)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
}

const wantsLogin = ({ state }: Cluster): boolean => state.flags['use_cassandra_authentication'] === 'true';

/** cql_processor.cc: `ProcessAuthResult`. */
const refusalOf = (user: string, password: string): string | undefined =>
  user === ROLE.user && password === ROLE.password
    ? undefined
    : `Provided username ${user} and/or password are incorrect`;
