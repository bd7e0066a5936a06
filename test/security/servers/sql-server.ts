import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export type Asks = 'cleartext' | 'md5' | 'scram';

export interface Behaviour {
  /** The answer to SSLRequest, by number of the connection: one byte or more; `S` alone starts TLS. */
  ssl: (connection: number) => string;
  certificate?: { key: string; cert: string };
  asks: Asks;
}

/** AuthenticationCleartextPassword, …MD5Password, …SASL (PostgreSQL, "Message Formats"). */
const QUESTIONS: Record<Asks, Buffer> = {
  cleartext: Buffer.from([3]),
  md5: Buffer.from([5, 1, 2, 3, 4]),
  scram: Buffer.concat([Buffer.from([10]), Buffer.from('SCRAM-SHA-256\0\0', 'ascii')]),
};
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;

/** A server of the PostgreSQL protocol that wants a password, and keeps whatever it is given. It lets nobody in. */
export class PasswordCollector {
  /** Messages that answer a question for a password, from connections of all kinds. */
  readonly collected: Buffer[] = [];
  /** Users that have begun a session. */
  readonly sessions: string[] = [];
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(private readonly behaviour: Behaviour) {
    this.server = createServer((socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      this.greet(socket, this.connections);
    });
  }

  /** Listens on every address of this machine: 0.0.0.0 is one of it and not its loopback address. */
  static async start(behaviour: Behaviour): Promise<PasswordCollector> {
    const collector = new PasswordCollector(behaviour);
    collector.server.listen(0, '0.0.0.0');
    await once(collector.server, 'listening');
    return collector;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private greet(socket: Socket, connection: number): void {
    socket.on('error', () => undefined);
    socket.once('data', (message: Buffer) => {
      if (message[0] === 0x16) return void socket.end(); // TLS, begun in spite of what came with the answer
      const code = message.readUInt32BE(4);
      if (code === GSS_REQUEST) {
        socket.write('N');
        this.greet(socket, connection);
      } else if (code === SSL_REQUEST) {
        const answer = this.behaviour.ssl(connection);
        socket.write(answer);
        if (answer !== 'S') this.greet(socket, connection);
        else if (this.behaviour.certificate) this.secure(socket, connection);
        else socket.end('no TLS at all');
      } else this.ask(socket, message);
    });
  }

  private secure(socket: Socket, connection: number): void {
    const secured = new TLSSocket(socket, { isServer: true, ...this.behaviour.certificate });
    this.greet(secured, connection);
  }

  private ask(socket: Socket, startup: Buffer): void {
    this.sessions.push(/user\0([^\0]*)\0/.exec(startup.toString('latin1'))?.[1] ?? '?');
    const question = QUESTIONS[this.behaviour.asks];
    const header = Buffer.from([0x52, 0, 0, 0, question.length + 7, 0, 0, 0]); // 'R', length, 3 bytes of the type
    socket.write(Buffer.concat([header, question]));
    socket.on('data', (message: Buffer) => {
      if (message[0] === 0x70) this.collected.push(message); // 'p': a password, its hash, or the beginning of SASL
      socket.end(fatal('28P01', 'password authentication failed for user "yugabyte"'));
    });
  }
}

/** The ErrorResponse that ends a session. */
function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from('E'), length, fields]);
}
