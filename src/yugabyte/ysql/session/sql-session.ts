import type { Client, QueryConfig } from 'pg';
import { InsecureConnection } from '../../errors';
import { CopyIn } from '../../sql-script/copy-in';
import { failureOf, type SqlConnection, type SqlOptions } from './sql-connection';

/** One connection for as long as it is needed: its settings last until it is closed. Failures: `SqlFailed`. */
export class SqlSession {
  private constructor(
    private readonly client: Client,
    private readonly database: string,
    private readonly release: () => void,
  ) {}

  static async open(connection: SqlConnection, database: string, options: SqlOptions): Promise<SqlSession> {
    try {
      const client = await connection.client(database, options);
      const abort = (): void => void client.end().catch(() => undefined);
      options.signal?.addEventListener('abort', abort, { once: true });
      if (options.signal?.aborted) abort();
      return new SqlSession(client, database, () => {
        options.signal?.removeEventListener('abort', abort);
      });
    } catch (error) {
      if (error instanceof InsecureConnection) throw error;
      throw failureOf(error, { action: 'connect', database, unknown: false });
    }
  }

  /** Exactly one statement: the server refuses a second one in the same message. */
  async run(text: string): Promise<Record<string, unknown>[]> {
    try {
      const statement = { text, queryMode: 'extended' } as QueryConfig;
      return (await this.client.query<Record<string, unknown>>(statement)).rows;
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** A COPY whose rows follow; nothing else may be sent until it has ended. */
  copy(text: string): CopyIn {
    return this.client.query(new CopyIn(text, (error) => this.failure(error)));
  }

  async close(): Promise<void> {
    this.release();
    await this.client.end().catch(() => undefined);
  }

  private failure(error: unknown): Error {
    return failureOf(error, { action: 'run a statement', database: this.database, unknown: false });
  }
}
