import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { Query, type QueryConfig } from 'pg';

/** What else pg's own connection can do (its types lack it). */
interface CopyConnection {
  stream: Writable;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sync(): void;
}

/**
 * `COPY … FROM stdin`, as one statement of the extended protocol; rows are sent no faster than the server takes them.
 */
export class CopyIn extends Query {
  private connection: CopyConnection | undefined;
  private readonly opened: Promise<void>;
  private readonly done: Promise<void>;
  private open: () => void = () => undefined;
  private failed: unknown;

  constructor(text: string, failureOf: (error: unknown) => Error) {
    let settle: (error: unknown) => void = () => undefined;
    super({ text, queryMode: 'extended' } as QueryConfig, (error) => {
      settle(error);
    });
    this.opened = new Promise((resolve) => (this.open = resolve));
    this.done = new Promise((resolve, reject) => {
      settle = (error) => {
        this.failed = error;
        this.open();
        if (error instanceof Error) reject(failureOf(error));
        else resolve();
      };
    });
    this.done.catch(() => undefined); // reported by write or end
  }

  async write(rows: Buffer): Promise<void> {
    await this.opened;
    if (this.failed !== undefined && this.failed !== null) await this.done;
    const { connection } = this;
    if (!connection) throw new Error('The server took no rows.');
    connection.sendCopyFromChunk(rows);
    if (connection.stream.writableNeedDrain) await Promise.race([once(connection.stream, 'drain'), this.done]);
  }

  async end(): Promise<void> {
    await this.opened;
    if (this.connection && (this.failed === undefined || this.failed === null)) {
      this.connection.endCopyFrom();
      this.connection.sync(); // the server ignored the Sync that came before the rows
    }
    await this.done;
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.connection = connection;
    this.open();
  }

  handleError(error: Error, connection: CopyConnection): void {
    if (this.connection) connection.sync();
    (Query.prototype as unknown as { handleError(error: Error, connection: CopyConnection): void }).handleError.call(
      this,
      error,
      connection,
    );
  }
}
