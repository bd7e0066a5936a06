import type { Connection, Submittable } from 'pg';

/** `COPY … TO STDOUT` with its text as it comes, in pieces that are used before the next one is read. */
export type CopyOut = (statement: string, onText: (text: Buffer) => void) => Promise<void>;

/**
 * What node-postgres asks of a query of one's own, for the one statement that its own queries throw the data of away.
 */
export class CopyOutQuery implements Submittable {
  /** Set by node-postgres where it has a time-out. */
  callback: (error?: Error | null) => void;

  constructor(
    private readonly statement: string,
    private readonly onText: (text: Buffer) => void,
    /** Read by node-postgres. */
    readonly query_timeout: number,
    done: (error?: Error | null) => void,
  ) {
    this.callback = done;
  }

  submit(connection: Connection): void {
    connection.query(this.statement);
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    this.onText(chunk);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleCommandComplete(): void {
    // the end is told when the server is ready again
  }
}
