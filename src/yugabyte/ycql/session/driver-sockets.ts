import type { Client } from 'cassandra-driver';
import { AnswerTooLarge } from '../../process/limits';
// eslint-disable-next-line @typescript-eslint/no-require-imports -- it exports a class, not a module
import Connection = require('cassandra-driver/lib/connection');

/** By the options object that a client and its connections share. */
const watched = new WeakMap<object, DriverSockets>();

/**
 * The sockets of one client of the driver. The driver collects frames of any length without limit, waits for its
 * time-out when a server closes a connection before the login is complete, and opens connections even after
 * `shutdown()` for a client that lost its server. Here each response has a limit, a closed socket is reported at once,
 * and after `destroy` there are no sockets.
 */
export class DriverSockets {
  /** Rejects as soon as a connection closes by itself. Never fulfilled. */
  readonly closed: Promise<never>;
  private fail: (error: Error) => void = () => undefined;
  /** Bytes since the last request, by connection. */
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

  /** A request is sent: earlier data has been consumed. */
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
    // Our listener is the first, so nothing beyond the limit is parsed.
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
      connection.clearAndInvokePending(); // their timers would keep the process alive
    }
    this.received.clear();
  }
}

/* eslint-disable @typescript-eslint/unbound-method -- called below with the connection as `this` */
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
