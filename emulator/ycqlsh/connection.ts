import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { lineReader, type CqlReply, type CqlRequest } from '../cql/protocol';
import type { ShellOptions } from './options';

/** No session: the text is what the real one prints. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
  constructor(host: string, port: number, why: string) {
    super(`Connection error: ('Unable to connect to any servers', {'${host}:${port}': ${why}})`);
  }
}

/** A session with the emulator's YCQL port. */
export class Connection {
  private readonly replies: CqlReply[] = [];
  private waiting: (() => void) | undefined;
  private gone = false;

  private constructor(private readonly socket: Socket) {
    socket.on(
      'data',
      lineReader((line) => this.receive(line)),
    );
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      this.gone = true;
      this.waiting?.();
    });
  }

  /** Fails with `NoConnection`. */
  static async open({ host, port, user, password, ssl, connectTimeoutMs }: ShellOptions): Promise<Connection> {
    const no = (why: string): NoConnection => new NoConnection(host, port, why);
    if (ssl) throw no(`SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number')`);
    const socket = connect({ host, port });
    const timer = setTimeout(() => socket.destroy(new Error('timed out')), connectTimeoutMs);
    try {
      await once(socket, 'connect');
    } catch (error) {
      clearTimeout(timer);
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED')
        throw no(
          `ConnectionRefusedError(111, "Tried connecting to [('${host}', ${port})]. Last error: Connection refused")`,
        );
      if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') throw no(`gaierror(-2, 'Name or service not known')`);
      throw no(`OSError(None, "Tried connecting to [('${host}', ${port})]. Last error: ${message}")`);
    }
    const connection = new Connection(socket);
    const hello: CqlRequest = {
      op: 'hello',
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
    };
    const answer = await connection.ask(hello).catch(() => undefined);
    clearTimeout(timer);
    if (answer?.reply === 'welcome') return connection;
    socket.destroy();
    if (answer?.reply !== 'refused') throw no(`ConnectionShutdown('Connection to ${host}:${port} was closed')`);
    throw no(
      `AuthenticationFailed('Failed to authenticate to ${host}:${port}: ${answer.reason.replaceAll("'", "\\'")}')`,
    );
  }

  /** One request, one reply. */
  async ask(request: CqlRequest): Promise<CqlReply> {
    this.socket.write(`${JSON.stringify(request)}\n`);
    return await this.next();
  }

  /** One request, replies until `end` or `error`. */
  async *stream(request: CqlRequest): AsyncGenerator<CqlReply> {
    this.socket.write(`${JSON.stringify(request)}\n`);
    for (;;) {
      const reply = await this.next();
      if (reply.reply === 'end') return;
      yield reply;
      if (reply.reply === 'error') return;
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(line: string): void {
    try {
      this.replies.push(JSON.parse(line) as CqlReply);
    } catch {
      this.socket.destroy(); // what answers there is no emulator
    }
    if (this.replies.length > 16) this.socket.pause();
    this.waiting?.();
  }

  private async next(): Promise<CqlReply> {
    for (;;) {
      const reply = this.replies.shift();
      if (reply) return reply;
      if (this.gone) throw new Error('connection closed by the server');
      this.socket.resume();
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
  }
}
