import type { KalpaConfig } from '../../config';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, type Check } from './check';

/** SQLSTATEs of a refused connection (PostgreSQL, Appendix A). */
const NO_SUCH_ROLE = '28000';
const WRONG_PASSWORD = '28P01';
const NO_SUCH_DATABASE = '3D000';

/** YSQL accepts the configured role, and it is a superuser. */
export async function roleCheck(cluster: ClusterView, { ysql }: Pick<KalpaConfig, 'ysql'>): Promise<Check> {
  try {
    const { role, superuser } = await cluster.ysqlRole();
    return superuser
      ? ok('YSQL', `${role} is a superuser`)
      : problem(
          'YSQL',
          `${role} is not a superuser: it can't dump or restore every object`,
          `ALTER ROLE "${role}" SUPERUSER, or another ysql.user`,
        );
  } catch (error) {
    return problem('YSQL', reason(error), cureOf(error, ysql));
  }
}

function cureOf(error: unknown, ysql: KalpaConfig['ysql']): string {
  const { code, kind } = error as { code?: string; kind?: string };
  if (kind === 'InsecureConnection')
    return 'ysql.rootCert in kalpa.yaml: the PEM of the authority that signed the certificate of ysql.host (docs/security.md, "TLS")';
  if (code === NO_SUCH_ROLE && /role .* does not exist/.test(reason(error)))
    return `CREATE ROLE "${ysql.user}" LOGIN SUPERUSER PASSWORD '…', or correct ysql.user`;
  if (code === NO_SUCH_ROLE)
    return `allow "${ysql.user}" to connect from this machine (ysql_hba_conf_csv), or correct ysql.user`;
  if (code === WRONG_PASSWORD) return `put the password of "${ysql.user}" into the file of ysql.passwordFile`;
  if (code === NO_SUCH_DATABASE) return 'set ysql.database to a database that exists, such as yugabyte';
  if (code !== undefined && /^E[A-Z]/.test(code))
    return `correct ysql.host and ysql.port (${ysql.host}:${ysql.port}; YSQL listens on 5433 by default), or start YSQL there`;
  return 'correct `ysql` in kalpa.yaml: host, port, user, passwordFile, sslmode';
}
