import type { ConnectionOptions } from 'node:tls';
import type { YsqlConnection } from '../config';
import { InsecureConnection } from '../errors';
import { isLoopback } from './loopback';
import { readAuthority } from './read-authority';
import { given } from '../../objects/given';

/** libpq's modes except `allow`, which counts as `prefer`: TLS is used with any server that supports it. */
export type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface YsqlTls {
  mode: SslMode;
  /** Path of the PEM that certificates are verified against. */
  rootCert?: string;
}

interface Configured {
  host: string;
  password?: string | undefined;
  sslmode?: YsqlConnection['sslmode'] | undefined;
  rootCert?: string | undefined;
}

/**
 * How connections to YSQL are protected: the only place that decides it, for our own connections and for the tools.
 * Without `sslmode`, a password is sent only to a server with a verified name, or stays on this machine.
 */
export function ysqlTls({ host, password, sslmode, rootCert }: Configured): YsqlTls {
  const wantsProof = password !== undefined || rootCert !== undefined;
  const mode = sslmode ?? (wantsProof && !isLoopback(host) ? 'verify-full' : 'prefer');
  return { mode: mode === 'allow' ? 'prefer' : mode, ...given({ rootCert }) };
}

/**
 * The same, if it allows a connection. Fails with `InsecureConnection` if a certificate is to be verified and no
 * authority is configured.
 */
export function checkedYsqlTls(ysql: Configured): YsqlTls {
  const tls = ysqlTls(ysql);
  const problem = missingAuthority(ysql);
  if (problem) throw new InsecureConnection(problem);
  return tls;
}

/** What is wrong and what to do, if a certificate is to be verified and no authority is configured. */
export function missingAuthority(ysql: Configured): string | undefined {
  const { mode, rootCert } = ysqlTls(ysql);
  if (rootCert !== undefined || !mode.startsWith('verify-')) return undefined;
  const why =
    ysql.sslmode === undefined
      ? `the password goes there only when its certificate is verified (sslmode verify-full, the default)`
      : `sslmode ${mode} verifies its certificate`;
  return `${ysql.host} was not connected to: ${why}, and ysql.rootCert does not name the authority that signed it. Set ysql.rootCert in kalpa.yaml to that authority's PEM (ca.crt of the server's certs_for_client_dir), or choose with ysql.sslmode what you accept instead: "disable" sends the password in clear text`;
}

/** Options for Node's TLS; `false`: without. */
export async function tlsOptions({ mode, rootCert }: YsqlTls): Promise<ConnectionOptions | false> {
  if (mode === 'disable') return false;
  const ca = rootCert === undefined ? {} : { ca: await readAuthority(rootCert, 'ysql.rootCert') };
  if (mode === 'verify-full') return ca;
  // libpq's "require" checks the certificate too when a root certificate is given, but not the name in it
  if (mode === 'verify-ca' || rootCert !== undefined) return { ...ca, checkServerIdentity: () => undefined };
  return { rejectUnauthorized: false };
}

/** The same for libpq. It is kept from using other sources (a password in ~/.pgpass, Kerberos instead of TLS). */
export function libpqTls(ysql: Configured): Record<string, string> {
  const { mode, rootCert } = checkedYsqlTls(ysql);
  return {
    PGSSLMODE: mode,
    ...given({ PGSSLROOTCERT: rootCert }),
    PGGSSENCMODE: 'disable',
    PGPASSFILE: '/dev/null/none', // a path that can't exist is silently ignored
  };
}
