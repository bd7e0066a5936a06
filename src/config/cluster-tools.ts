import { checkedDurationMs } from '../contract/fields/duration';
import { readPassword } from './private-file';
import type { KalpaConfig } from './schema';
import { given } from '../objects/given';

/** What the cluster's own tools need, taken out of `kalpa.yaml`. */
export interface ClusterToolSettings {
  masters: string[];
  /** Folder of the tools; without it they are looked up on PATH. */
  tools?: string;
  ysql: {
    host: string;
    port: number;
    user: string;
    database: string;
    password?: string;
    sslmode?: NonNullable<KalpaConfig['ysql']['sslmode']>;
    rootCert?: string;
  };
  ycql?: { host: string; port: number; user?: string; password?: string; ssl?: boolean; rootCert?: string };
  http: { masters?: string[]; tserverPort: number; tls?: boolean; rootCert?: string };
  tls?: { certsDir: string; clientNode?: string };
  timeouts: { rpcMs: number; commandMs: number; httpMs: number };
}

/** Fraction of an activity's time: a tool that is killed for its time-out can still be reported. */
const TOOL_FRACTION = 0.8;
/** A web page of a master or tserver that has not answered by then is considered unavailable. */
const HTTP_TIMEOUT_MS = 10_000;

/**
 * Reads the password file; throws `ConfigurationError` when it can't. Call it for each use of the tools, not once per
 * process.
 */
export function clusterToolSettings(config: KalpaConfig): ClusterToolSettings {
  const { ysql, ycql, http, tls, timing } = config;
  return {
    masters: config.masters,
    ...(config.tools ? { tools: config.tools } : {}),
    ysql: {
      host: ysql.host,
      port: ysql.port,
      user: ysql.user,
      database: ysql.database,
      ...(ysql.passwordFile ? { password: readPassword(ysql.passwordFile, 'ysql.passwordFile') } : {}),
      ...(ysql.sslmode ? { sslmode: ysql.sslmode } : {}),
      ...(ysql.rootCert ? { rootCert: ysql.rootCert } : {}),
    },
    ...(ycql
      ? {
          ycql: {
            host: ycql.host,
            port: ycql.port,
            ...given({ user: ycql.user }),
            ...(ycql.passwordFile ? { password: readPassword(ycql.passwordFile, 'ycql.passwordFile') } : {}),
            ...given({ ssl: ycql.ssl }),
            ...(ycql.rootCert ? { rootCert: ycql.rootCert } : {}),
          },
        }
      : {}),
    http: {
      tserverPort: http.tserverPort,
      ...given({ tls: http.tls }),
      ...(http.rootCert ? { rootCert: http.rootCert } : {}),
      ...given({ masters: http.masters }),
    },
    ...(tls ? { tls: { certsDir: tls.certsDir, ...(tls.clientNode ? { clientNode: tls.clientNode } : {}) } } : {}),
    timeouts: {
      rpcMs: checkedDurationMs(timing.rpcTimeout),
      commandMs: Math.round(TOOL_FRACTION * checkedDurationMs(timing.commandTimeout)),
      httpMs: Math.min(HTTP_TIMEOUT_MS, checkedDurationMs(timing.commandTimeout)),
    },
  };
}
