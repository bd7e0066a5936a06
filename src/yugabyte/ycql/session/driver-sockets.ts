import type { Client } from 'cassandra-driver';
import { AnswerTooLarge } from '../../process/limits';
// eslint-disable-next-line @typescript-eslint/no-require-imports -- it exports a class, not a module
import Connection = require('cassandra-driver/lib/connection');

/** By the options that a client and its connections share. */
const watched = new WeakMap<object, DriverSockets>();

/**
 * The sockets of one client of the driver. The driver gathers frames of any length without a limit, waits for its
 * time-out where a server closes a connection that is not let in yet, and opens connections beyond `shutdown()` for a
 * client that lost its server: here each answer has a limit, a closed socket is told at once, and after `destroy` there
 * is none.
 */
export class DriverSockets {
  /** Fails as soon as a connection closes by itself. Never fulfilled. */
  readonly closed: Promise<never>;
  private fail: (error: Error) => void = () => undefined;
  /** Bytes since the last request of each. */
  private readonly received = new Map<Connection, number>();
  private done = false;

  constructor(
    client: Client,
    private readonly maxBytes: number,
  ) {
    this.closed = new Promise((_, reject) => {
      this.fail = reject;
    });
    this.closed.catch(() => undefined);
    watched.set((client as unknown as Pick<Connection, 'options'>).options, this);
  }

  /** A request goes out: what came before it was used. */
  beginAnswer(connection: Connection): void {
    this.received.set(connection, 0);
  }

  watch(connection: Connection): void {
    const socket = connection.netClient;
    if (this.done) {
      socket.destroy();
      return;
    }
    this.received.set(connection, 0);
    // Ours is the first listener, so nothing is parsed of what is too much.
    socket.prependListener('data', (chunk: Buffer) => {
      const received = (this.received.get(connection) ?? 0) + chunk.length;
      this.received.set(connection, received);
      if (received <= this.maxBytes) return;
      this.fail(new AnswerTooLarge(this.maxBytes));
      socket.destroy();
    });
    let cause: Error | undefined;
    socket.prependListener('error', (error: Error) => {
      cause = error;
    });
    socket.prependOnceListener('close', () => {
      this.fail(cause ?? Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' }));
    });
  }

  destroy(): void {
    this.done = true;
    for (const connection of this.received.keys()) {
      connection.netClient.destroy();
      connection.clearAndInvokePending(); // their timers would keep the process
    }
    this.received.clear();
  }
}

/* eslint-disable @typescript-eslint/unbound-method -- they are called with the connection below */
const { bindSocketListeners, sendStream } = Connection.prototype;
/* eslint-enable @typescript-eslint/unbound-method */

Connection.prototype.bindSocketListeners = function (this: Connection): void {
  watched.get(this.options)?.watch(this);
  bindSocketListeners.call(this);
};
Connection.prototype.sendStream = function (this: Connection, ...request: unknown[]): unknown {
  watched.get(this.options)?.beginAnswer(this);
  return sendStream.apply(this, request);
};
