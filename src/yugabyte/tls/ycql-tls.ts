import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { YcqlConnection } from '../config';
import { InsecureConnection } from '../errors';
import { isLoopback } from './loopback';
import { readAuthority } from './read-authority';
import { tlsProblem } from './tls-problem';

interface Configured {
  host: string;
  password?: string | undefined;
  ssl?: boolean | undefined;
  rootCert?: string | undefined;
}

/**
 * Whether YCQL uses TLS. By default, if a password would leave this machine, or a certificate authority is configured.
 */
export function ycqlUsesTls({ host, password, ssl, rootCert }: Configured): boolean {
  return ssl ?? (rootCert !== undefined || (password !== undefined && !isLoopback(host)));
}

/** What is wrong and what to do, if a certificate is to be verified and no authority is configured. */
export function missingYcqlAuthority(ycql: Configured): string | undefined {
  if (!ycqlUsesTls(ycql) || ycql.rootCert !== undefined) return undefined;
  const why =
    ycql.ssl === undefined
      ? `the password goes there only when its certificate is verified (ssl: true, the default)`
      : `its certificate is verified (ssl: true)`;
  return `${ycql.host} was not connected to: ${why}, and ycql.rootCert does not name the authority that signed it. Set ycql.rootCert in kalpa.yaml to that authority's PEM (ca.crt of the server's certs_for_client_dir), or accept with "ssl: false" that the password is sent in clear text`;
}

/**
 * The environment that makes `ycqlsh --ssl` verify (cqlshlib/sslhandling.py: SSL_CERTFILE, SSL_VALIDATE); empty:
 * without TLS. Fails with `InsecureConnection` before anything is sent.
 */
export async function ycqlTls(
  ycql: YcqlConnection,
  options: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Record<string, string>> {
  const { rootCert } = ycql;
  const ca = await ycqlAuthority(ycql);
  if (ca === undefined || rootCert === undefined) return {};
  await proveServer(ycql, ca, options);
  return { SSL_CERTFILE: rootCert, SSL_VALIDATE: 'true' };
}

/**
 * The PEM that the server's certificate is verified against; undefined: without TLS. Fails with `InsecureConnection` if
 * none is configured or readable.
 */
export async function ycqlAuthority(ycql: YcqlConnection): Promise<string | undefined> {
  if (!ycqlUsesTls(ycql)) return undefined;
  const { rootCert } = ycql;
  if (rootCert === undefined) throw new InsecureConnection(missingYcqlAuthority(ycql) ?? '');
  return await readAuthority(rootCert, 'ycql.rootCert');
}

export const notProved = ({ host, port }: YcqlConnection, refused: string): InsecureConnection =>
  new InsecureConnection(
    `${host}:${port} has not proved that it is the YCQL server: ${refused}. Neither user nor password was sent. Compare ycql.host and ycql.rootCert in kalpa.yaml with the certificate there`,
  );

/**
 * ycqlsh accepts every certificate of the authority, whatever name it contains: so the name is checked before. Only the
 * handshake is sent.
 */
async function proveServer(
  { host, port }: YcqlConnection,
  ca: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const refused = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host, port, ca, ...(isIP(host) === 0 ? { servername: host } : {}) });
    const end = (problem?: string): void => {
      socket.destroy();
      signal?.removeEventListener('abort', aborted);
      resolve(problem);
    };
    const aborted = (): void => {
      end();
    };
    signal?.addEventListener('abort', aborted, { once: true });
    // Failures other than TLS are left to the shell, which connects next and verifies by itself.
    socket.setTimeout(timeoutMs, () => {
      end();
    });
    socket.once('secureConnect', () => {
      end();
    });
    socket.once('error', (error) => {
      end(tlsProblem(error));
    });
  });
  if (refused !== undefined) throw notProved({ host, port }, refused);
}
