import type { Client, Connection, Submittable } from 'pg';

interface CopyConnection extends Connection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** `COPY … FROM STDIN` in text format: values pass through their types' own input functions. */
class CopyIn implements Submittable {
  readonly done: Promise<void>;
  private resolve: () => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;
  private failed = false;

  constructor(
    private readonly sql: string,
    private readonly chunks: Iterable<Buffer>,
  ) {
    this.done = new Promise((resolve, reject) => ([this.resolve, this.reject] = [resolve, reject]));
  }

  submit(connection: Connection): void {
    (connection as CopyConnection).query(this.sql);
  }
  handleCopyInResponse(connection: CopyConnection): void {
    for (const chunk of this.chunks) connection.sendCopyFromChunk(chunk);
    connection.endCopyFrom();
  }
  handleError(error: Error): void {
    this.failed = true;
    this.reject(error);
  }
  handleReadyForQuery(): void {
    if (!this.failed) this.resolve();
  }
  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}

const ROWS_A_CHUNK = 2000;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escape = (value: string | null): string =>
  value === null ? '\\N' : value.replace(/[\\\t\n\r]/g, (char) => ESCAPES[char] ?? char);

function* chunksOf(rows: readonly (string | null)[][]): Generator<Buffer> {
  for (let at = 0; at < rows.length; at += ROWS_A_CHUNK) {
    yield Buffer.from(
      rows
        .slice(at, at + ROWS_A_CHUNK)
        .map((row) => `${row.map(escape).join('\t')}\n`)
        .join(''),
    );
  }
}

/** Copies rows in. `target`: quoted table and column list. Fails with PostgreSQL's error. */
export async function copyIn(client: Client, target: string, rows: readonly (string | null)[][]): Promise<void> {
  const copy = new CopyIn(`COPY ${target} FROM STDIN`, chunksOf(rows));
  client.query(copy);
  await copy.done;
}
