import type { KalpaConfig } from '../../config';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, type Check } from './check';

/** Error code of the native protocol. */
const WRONG_LOGIN = 0x0100;

/** YCQL accepts the login, if kalpa.yaml configures YCQL. */
export async function ycqlCheck(cluster: ClusterView, { ycql }: Pick<KalpaConfig, 'ycql'>): Promise<Check[]> {
  if (!ycql) return [];
  try {
    await cluster.ycqlAnswers();
    return [ok('YCQL', `accepts ${ycql.user ?? 'logins without a user'} at ${ycql.host}:${ycql.port}`)];
  } catch (error) {
    return [problem('YCQL', reason(error), cureOf(error, ycql))];
  }
}

function cureOf(error: unknown, ycql: NonNullable<KalpaConfig['ycql']>): string {
  if ((error as { kind?: string }).kind === 'InsecureConnection')
    return 'ycql.rootCert in kalpa.yaml: the PEM of the authority that signed the certificate of ycql.host (docs/security.md, "TLS")';
  if ((error as { code?: unknown }).code === WRONG_LOGIN)
    return `correct ycql.user and put its password into the file of ycql.passwordFile`;
  return `correct ycql.host and ycql.port (${ycql.host}:${ycql.port}; YCQL listens on 9042 by default), start YCQL there, or leave "ycql" out of kalpa.yaml`;
}
