import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { auth, Client, policies, types, type ClientOptions } from 'cassandra-driver';
import { given } from '../../../objects/given';
import type { YcqlConnection } from '../../config';
import { CqlFailed, InsecureConnection, YcqlNotConfigured } from '../../errors';
import { LIMITS } from '../../process/limits';
import { tlsProblem } from '../../tls/tls-problem';
import { notProved, ycqlAuthority } from '../../tls/ycql-tls';
import { failureOf } from './cql-failure';
import { DriverSockets } from './driver-sockets';

export interface CqlOptions {
  signal?: AbortSignal | undefined;
  /** For each statement; default `timeouts.commandMs`. */
  timeoutMs?: number | undefined;
}

/** Runs one statement, reading its rows page by page; values are sent separately from it. */
export type CqlQuery = <Row extends Record<string, unknown>>(
  statement: string,
  values?: readonly string[],
) => Promise<Row[]>;

/** The same limit that libpq is given for connecting. */
const CONNECT_MS = 30_000;
const PAGE_ROWS = 1_000;

/**
 * Short CQL work on one cluster over the native protocol: each call opens a connection, and closes it before it
 * returns.
 */
export class CqlConnection {
  constructor(
    private readonly ycql: YcqlConnection | undefined,
    private readonly timeoutMs: number,
  ) {}

  /**
   * Runs `work` on a connection to the configured server only, even if that names others. `action` completes "Could not
   * …". A statement is sent once. Fails with `CqlFailed`; with `mutates`, a broken connection leaves the outcome
   * unknown. Fails with `YcqlNotConfigured` if kalpa.yaml has no YCQL section, and with `InsecureConnection` before
   * user and password are sent.
   */
  async use<T>(
    action: string,
    work: (query: CqlQuery) => Promise<T>,
    { signal, timeoutMs = this.timeoutMs, mutates = false }: CqlOptions & { mutates?: boolean } = {},
  ): Promise<T> {
    const { ycql } = this;
    if (!ycql) throw new YcqlNotConfigured();
    let started = false;
    const cancelled = abortOf(signal);
    let client: Client | undefined;
    let sockets: DriverSockets | undefined;
    const first = async <R>(step: Promise<R>): Promise<R> =>
      await Promise.race([step, ...(sockets ? [sockets.closed] : []), cancelled.happened]);
    try {
      if (signal?.aborted) throw wasCancelled();
      client = new Client(await first(optionsFor(ycql, Math.min(timeoutMs, CONNECT_MS))));
      sockets = new DriverSockets(client, LIMITS.sqlBytes);
      await first(client.connect());
      const connected = client;
      return await work(async (statement, values = []) => {
        started = true;
        const options = { readTimeout: timeoutMs, fetchSize: PAGE_ROWS, prepare: false };
        const rows: unknown[] = [];
        const read = async (): Promise<void> => {
          for await (const row of await connected.execute(statement, values, options)) rows.push(row);
        };
        await first(read());
        return rows as never;
      });
    } catch (error) {
      if (error instanceof CqlFailed || error instanceof InsecureConnection) throw error;
      const refused = started ? undefined : refusedTls(error);
      if (refused !== undefined) throw notProved(ycql, refused);
      throw failureOf(error, { action, unknown: started && mutates, timeoutMs });
    } finally {
      cancelled.forget();
      client?.shutdown().catch(() => undefined);
      sockets?.destroy();
    }
  }
}

async function optionsFor(ycql: YcqlConnection, connectMs: number): Promise<ClientOptions> {
  const { host, port, user, password } = ycql;
  const ca = await ycqlAuthority(ycql);
  const addresses = (await addressesOf(host, connectMs)).map(({ address, family }) =>
    family === 6 ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return {
    contactPoints: addresses,
    ...given({
      authProvider:
        user === undefined && password === undefined
          ? undefined
          : new auth.PlainTextAuthProvider(user ?? '', password ?? ''),
      sslOptions:
        ca === undefined
          ? undefined
          : { ca, rejectUnauthorized: true, ...(isIP(host) === 0 ? { servername: host } : {}) },
    }),
    // YCQL supports versions 3 and 4 (src/yb/yql/cql/cqlserver/cql_message.cc).
    protocolOptions: { port, maxVersion: types.protocolVersion.v4 },
    // ONE would read from followers, which may lag behind.
    queryOptions: { consistency: types.consistencies.quorum },
    socketOptions: { connectTimeout: connectMs, readTimeout: connectMs },
    policies: {
      loadBalancing: new policies.loadBalancing.AllowListPolicy(
        new policies.loadBalancing.RoundRobinPolicy(),
        addresses.map((address) => address.replace(/[[\]]/g, '')),
      ),
      // Whether to retry is for the caller to decide.
      retry: new policies.retry.FallthroughRetryPolicy(),
      // A lost connection is reported; the driver's own policy waits up to ten minutes and keeps the process alive.
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(200),
    },
    pooling: { coreConnectionsPerHost: { '0': 1, '1': 0, '2': 0 }, heartBeatInterval: 0 },
    isMetadataSyncEnabled: false,
  };
}

/** The system's resolver has no time-out that we could set, and can't be cancelled: its result is then ignored. */
async function addressesOf(host: string, withinMs: number): Promise<LookupAddress[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `the address of ${host} was not found within ${withinMs / 1000} s`;
      reject(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
    }, withinMs);
  });
  try {
    return await Promise.race([lookup(host, { all: true }), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Why the server was not used, if its TLS is the reason. */
function refusedTls(error: unknown): string | undefined {
  const inner = Object.values((error as { innerErrors?: Record<string, unknown> }).innerErrors ?? {});
  return [error, ...inner].map(tlsProblem).find((problem) => problem !== undefined);
}

const wasCancelled = (): Error => Object.assign(new Error('the caller was cancelled'), { code: 'ABORT_ERR' });

function abortOf(signal: AbortSignal | undefined): { happened: Promise<never>; forget: () => void } {
  let forget = (): void => undefined;
  const happened = new Promise<never>((_, reject) => {
    const abort = (): void => {
      reject(wasCancelled());
    };
    signal?.addEventListener('abort', abort, { once: true });
    forget = () => signal?.removeEventListener('abort', abort);
  });
  happened.catch(() => undefined);
  return { happened, forget };
}
