/**
 * The driver's connection to one server, which its public interface does not show (cassandra-driver 4.10.0,
 * lib/connection.js).
 */
declare module 'cassandra-driver/lib/connection' {
  import type { Socket } from 'node:net';

  class Connection {
    /** The same object that its client has. */
    readonly options: object;
    readonly netClient: Socket;
    /** Called as soon as the socket is open (with TLS, after the handshake), before anything is sent or read. */
    bindSocketListeners(): void;
    /** Fails the pending requests. */
    clearAndInvokePending(): void;
    /** Sends one request. */
    sendStream(...request: unknown[]): unknown;
  }
  export = Connection;
}
