import type { ConnectionOptions } from 'node:tls';
import type { YsqlConnection } from '../config';
import { InsecureConnection } from '../errors';
import { isLoopback } from './loopback';
import { readAuthority } from './read-authority';
import { given } from '../../objects/given';

/** libpq's modes but `allow`, which is taken as `prefer`: a server that speaks TLS is spoken to in TLS. */
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
 * What protects the connections to YSQL: the one place that decides it, for our own connections and for the tools.
 * Without `sslmode` a password goes to a server that has proved its name, or stays on this machine.
 */
export function ysqlTls({ host, password, sslmode, rootCert }: Configured): YsqlTls {
  const wantsProof = password !== undefined || rootCert !== undefined;
  const mode = sslmode ?? (wantsProof && !isLoopback(host) ? 'verify-full' : 'prefer');
  return { mode: mode === 'allow' ? 'prefer' : mode, ...given({ rootCert }) };
}

/**
 * The same, where a connection may be made with it. Fails with `InsecureConnection`: a certificate is to be verified
 * and nothing says by whom it must be signed.
 */
export function checkedYsqlTls(ysql: Configured): YsqlTls {
  const tls = ysqlTls(ysql);
  const problem = missingAuthority(ysql);
  if (problem) throw new InsecureConnection(problem);
  return tls;
}

/** What is wrong and what to do, where a certificate is to be verified and nothing says by whom it must be signed. */
export function missingAuthority(ysql: Configured): string | undefined {
  const { mode, rootCert } = ysqlTls(ysql);
  if (rootCert !== undefined || !mode.startsWith('verify-')) return undefined;
  const why =
    ysql.sslmode === undefined
      ? `the password goes there only when its certificate is verified (sslmode verify-full, the default)`
      : `sslmode ${mode} verifies its certificate`;
  return `${ysql.host} was not connected to: ${why}, and ysql.rootCert does not say who signs it. Set ysql.rootCert in kalpa.yaml to that authority's PEM (ca.crt of the server's certs_for_client_dir), or say with ysql.sslmode what you accept instead: "disable" sends the password in clear`;
}

/** Of node's TLS; `false`: without. */
export async function tlsOptions({ mode, rootCert }: YsqlTls): Promise<ConnectionOptions | false> {
  if (mode === 'disable') return false;
  const ca = rootCert === undefined ? {} : { ca: await readAuthority(rootCert, 'ysql.rootCert') };
  if (mode === 'verify-full') return ca;
  // libpq's "require" checks the certificate too when a root certificate is given, but not the name in it
  if (mode === 'verify-ca' || rootCert !== undefined) return { ...ca, checkServerIdentity: () => undefined };
  return { rejectUnauthorized: false };
}

/**
 * The same for libpq. What it would take from elsewhere (a password of ~/.pgpass, Kerberos in place of TLS) is not
 * asked for.
 */
export function libpqTls(ysql: Configured): Record<string, string> {
  const { mode, rootCert } = checkedYsqlTls(ysql);
  return {
    PGSSLMODE: mode,
    ...given({ PGSSLROOTCERT: rootCert }),
    PGGSSENCMODE: 'disable',
    PGPASSFILE: '/dev/null/none', // a name that can't exist is passed over in silence
  };
}
