import type { Connection, Submittable } from 'pg';

/** `COPY … TO STDOUT`, its text passed on in pieces; each is used before the next one is read. */
export type CopyOut = (statement: string, onText: (text: Buffer) => void) => Promise<void>;

/** A custom query for node-postgres, whose own queries discard the data of this one statement. */
export class CopyOutQuery implements Submittable {
  /** Set by node-postgres if it has a time-out. */
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
    // the end is reported when the server is ready for the next query
  }
}
