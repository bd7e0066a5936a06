import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Cluster } from '../cluster';
import { readPages, writeRows } from '../cql/run/copy-rows';
import { CqlError } from '../cql/errors';
import { execute } from '../cql/run/execute';
import { describeKeyspace, keyspaceNames } from '../cql/catalog/keyspaces';
import { lineReader, type CqlReply, type CqlRequest } from '../cql/protocol';
import { Session } from '../cql/run/session';
import { Mutex } from '../mutex';
import { RELEASES } from '../releases';

/** The role that a real cluster begins with, once `use_cassandra_authentication` is set. */
const ROLE = { user: 'cassandra', password: 'cassandra' };

/** What the emulator's ycqlsh talks to; no driver of Cassandra or YugabyteDB does. */
export function ycqlServer(cluster: Cluster): Server & { closeAllConnections(): void } {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const session = new Session(cluster);
    const order = new Mutex();
    socket.on('error', () => undefined); // the client went away
    socket.on('close', () => {
      sockets.delete(socket);
      void order.run(async () => await session.close());
    });
    let welcome = false;
    socket.on(
      'data',
      lineReader((line) => {
        void order.run(async () => {
          welcome = await serve(session, socket, line, welcome).catch(() => {
            socket.destroy(); // it speaks another protocol, or the emulator is at its end
            return false;
          });
        });
      }),
    );
  });
  return Object.assign(server, {
    closeAllConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
  });
}

/** Answers one request. Returns whether the client has said who it is. */
async function serve(session: Session, socket: Socket, line: string, welcome: boolean): Promise<boolean> {
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

async function send(socket: Socket, reply: CqlReply): Promise<void> {
  if (socket.destroyed) throw new Error('the client went away');
  if (!socket.write(`${JSON.stringify(reply)}\n`)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
}

async function* repliesTo(session: Session, request: CqlRequest): AsyncGenerator<CqlReply> {
  const { cluster } = session;
  switch (request.op) {
    case 'hello':
      yield greeting(cluster, request);
      return;
    case 'cql': {
      const fault = await cluster.faults.beforeCommand(
        'ycqlsh',
        async (database, sql) => await cluster.runSql(database, sql),
      );
      if (fault !== undefined) throw new CqlError('ServerError', fault);
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

function greeting(cluster: Cluster, { user, password }: Extract<CqlRequest, { op: 'hello' }>): CqlReply {
  if (cluster.state.flags['use_cassandra_authentication'] !== 'true')
    return { reply: 'welcome', release: RELEASES[cluster.options.dialect] };
  if (user === undefined) return { reply: 'refused', reason: 'Remote end requires authentication' };
  if (user === ROLE.user && password === ROLE.password)
    return { reply: 'welcome', release: RELEASES[cluster.options.dialect] };
  return {
    reply: 'refused',
    reason: `Error from server: code=0100 [Bad credentials] message="Provided username '${user}' and/or password are incorrect"`,
  };
}
