import { Client, type ClientConfig } from 'pg';
import type { YsqlConnection } from '../../config';
import { excerptOf, InsecureConnection, SqlFailed } from '../../errors';
import { LIMITS } from '../../process/limits';
import { tlsProblem } from '../../tls/tls-problem';
import { checkedYsqlTls, tlsOptions } from '../../tls/ysql-tls';
import { forgetAnswer, limitAnswers } from './answer-limit';
import { CopyOutQuery, type CopyOut } from '../rows/copy-out';
import { TRANSIENT_SOCKET_CODES, verdictOfSqlState } from '../../verdicts';
import { SET_IF_KNOWN, sessionOptions } from './session-settings';

export interface SqlOptions {
  signal?: AbortSignal | undefined;
  /** For each statement; default `timeouts.commandMs`. */
  timeoutMs?: number | undefined;
  /** How long a statement waits for a lock; default: no separate limit. */
  lockTimeoutMs?: number | undefined;
  /** Further settings of the session. */
  settings?: Readonly<Record<string, string>>;
}

/** Runs one statement; values are sent separately from its text. */
export type Query = <Row extends Record<string, unknown>>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

interface SqlError {
  code?: string;
  message?: string;
}

/** The name of our own connections in `pg_stat_activity`. */
export const APPLICATION_NAME = 'kalpa';

interface KeptConnection {
  client: Client;
  database: string;
}

const timeouts = (timeoutMs: number, { lockTimeoutMs }: SqlOptions): Record<string, string> => ({
  statement_timeout: String(timeoutMs),
  ...(lockTimeoutMs === undefined ? {} : { lock_timeout: String(lockTimeoutMs) }),
});

/**
 * Short SQL work on one cluster: each call opens a connection, and closes it before it returns; within `keeping` it is
 * reused.
 */
export class SqlConnection {
  /** Set by the first connection in mode "prefer" (libpq's default): the server does not support TLS. */
  private plain = false;

  constructor(
    private readonly ysql: YsqlConnection,
    private readonly timeoutMs: number,
    /** Connections kept for the next call; absent: none are kept. */
    private readonly kept?: KeptConnection[],
  ) {}

  /** The database through which other databases are created, renamed and dropped. */
  get home(): string {
    return this.ysql.database;
  }

  /** The same server with another login. */
  as(login: { user: string; password: string }): SqlConnection {
    return new SqlConnection({ ...this.ysql, ...login }, this.timeoutMs);
  }

  /**
   * Gives `work` an `SqlConnection` that keeps as many connections open as are used at once, and closes them
   * afterwards.
   */
  async keeping<T>(work: (sql: SqlConnection) => Promise<T>): Promise<T> {
    const kept: KeptConnection[] = [];
    try {
      return await work(new SqlConnection(this.ysql, this.timeoutMs, kept));
    } finally {
      await Promise.all(kept.map(async ({ client }) => await client.end().catch(() => undefined)));
    }
  }

  /**
   * Runs `work` on a connection to `database`. `action` completes "Could not …". Fails with `SqlFailed`; with
   * `mutates`, a broken connection leaves the outcome unknown.
   */
  async use<T>(
    database: string,
    action: string,
    work: (query: Query, copyOut: CopyOut) => Promise<T>,
    options: SqlOptions & { mutates?: boolean } = {},
  ): Promise<T> {
    let started = false;
    let client: Client | undefined;
    const abort = (): void => void client?.end().catch(() => undefined);
    try {
      if (options.signal?.aborted) throw Object.assign(new Error('the caller was cancelled'), { code: 'ABORT_ERR' });
      client = (await this.again(database, options)) ?? (await this.connect(database, options));
      options.signal?.addEventListener('abort', abort, { once: true });
      const connected = client;
      // the server's own time-out comes first, and says what it stopped
      const query_timeout = (options.timeoutMs ?? this.timeoutMs) + 5_000;
      const query: Query = async (text, values) => {
        started = true;
        const statement = { text, ...(values ? { values: [...values] } : {}), query_timeout };
        return (await connected.query(statement)).rows as never;
      };
      const copyOut: CopyOut = (text, onText) =>
        new Promise((resolve, reject) => {
          connected.query(
            new CopyOutQuery(
              text,
              (piece) => {
                forgetAnswer(connected);
                onText(piece);
              },
              query_timeout,
              (error) => {
                if (error) reject(error);
                else resolve();
              },
            ),
          );
        });
      const result = await work(query, copyOut);
      if (this.kept) {
        this.kept.push({ client, database });
        client = undefined;
      }
      return result;
    } catch (error) {
      throw error instanceof SqlFailed || error instanceof InsecureConnection
        ? error
        : failureOf(error, { action, database, unknown: started && options.mutates === true });
    } finally {
      options.signal?.removeEventListener('abort', abort);
      await client?.end().catch(() => undefined);
    }
  }

  /** A connection that the caller closes. */
  async client(database: string, options: SqlOptions = {}): Promise<Client> {
    if (options.signal?.aborted) throw Object.assign(new Error('the caller was cancelled'), { code: 'ABORT_ERR' });
    return await this.connect(database, options);
  }

  /** A kept connection, reset to be like new. */
  private async again(database: string, options: SqlOptions): Promise<Client | undefined> {
    const at = this.kept?.findIndex((kept) => kept.database === database) ?? -1;
    const [found] = at === -1 ? [] : (this.kept?.splice(at, 1) ?? []);
    if (!found) return undefined;
    try {
      await found.client.query('RESET ALL');
      for (const [name, value] of Object.entries(timeouts(options.timeoutMs ?? this.timeoutMs, options)))
        await found.client.query(`SET ${name} = ${value}`);
      await found.client.query(SET_IF_KNOWN);
      return found.client;
    } catch {
      await found.client.end().catch(() => undefined); // it broke meanwhile
      return undefined;
    }
  }

  private async connect(database: string, options: SqlOptions): Promise<Client> {
    const tls = checkedYsqlTls(this.ysql);
    const secured = tls.mode === 'prefer' && this.plain ? false : await tlsOptions(tls);
    try {
      return await this.open(database, secured, options);
    } catch (error) {
      const problem = secured === false ? undefined : tlsProblem(error);
      if (problem === undefined) throw error;
      if (tls.mode !== 'prefer' || !NO_TLS.test((error as SqlError).message ?? ''))
        throw this.unproved(problem, tls.mode);
      this.plain = true;
      return await this.open(database, false, options);
    }
  }

  private unproved(problem: string, mode: string): InsecureConnection {
    const { host, port } = this.ysql;
    return new InsecureConnection(
      `${host}:${port} has not proved that it is the YSQL server (sslmode ${mode}): ${problem}. No password was sent. Compare ysql.host and ysql.rootCert in kalpa.yaml with the certificate there, or enable TLS on the server (use_client_to_server_encryption)`,
    );
  }

  private async open(database: string, ssl: ClientConfig['ssl'], options: SqlOptions): Promise<Client> {
    const timeoutMs = options.timeoutMs ?? this.timeoutMs;
    const { host, port, user, password } = this.ysql;
    const client = new Client({
      host,
      port,
      user,
      database,
      // never a password from this process's own environment, and never undefined: pg would then look there
      password: password ?? '',
      ssl: ssl ?? false,
      application_name: APPLICATION_NAME,
      connectionTimeoutMillis: Math.min(timeoutMs, 30_000),
      options: sessionOptions({ ...timeouts(timeoutMs, options), ...options.settings }),
      query_timeout: timeoutMs + 5_000,
      keepAlive: true, // a statement may take hours, and the server's machine may disappear meanwhile
      keepAliveInitialDelayMillis: 60_000,
    });
    limitAnswers(client, LIMITS.sqlBytes);
    client.on('error', () => undefined); // a connection that breaks between statements; the next statement reports it
    try {
      await client.connect();
      await client.query(SET_IF_KNOWN);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }
}

/** pg's error for a server that answers N (no TLS). */
const NO_TLS = /does not support SSL/i;
/** If the server responded, the statement had no effect. A broken connection has no SQLSTATE, or one of these. */
const NO_ANSWER = /^(?:08...|57P0[1-5])$/;

export function failureOf(error: unknown, at: { action: string; database: string; unknown: boolean }): SqlFailed {
  const { code, message = String(error) } = error as SqlError;
  const answered = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !NO_ANSWER.test(code);
  const transient =
    code === undefined
      ? /timeout|terminated|ended|closed/i.test(message)
      : TRANSIENT_SOCKET_CODES.test(code) ||
        verdictOfSqlState(code) === 'transient' ||
        (code === 'XX000' && /timed out|try again/i.test(message));
  // Only the message: DETAIL may contain row data.
  return new SqlFailed(
    at.action,
    at.database,
    code,
    excerptOf(message),
    transient,
    at.unknown && !answered ? 'unknown' : 'refused',
  );
}
