/** What this folder needs to know of a cluster; the caller extracts it from kalpa.yaml. */
export interface YugabyteConfig {
  /** RPC addresses `host:port` of the masters. */
  masters: string[];
  /** Folder of yb-admin, ysql_dump and ysql_dumpall; if absent, they are looked up in PATH. */
  tools?: string;
  ysql: YsqlConnection;
  /** Absent: YCQL can't be used. */
  ycql?: YcqlConnection;
  http?: {
    /** Web addresses of the masters; default: port 7000 of each master's host. */
    masters?: string[];
    /** Web port of tservers whose web address the masters do not report; default 9000. */
    tserverPort?: number;
    /** Default: true if `tls` is given. */
    tls?: boolean;
    /**
     * Path of the PEM that their certificates are verified against; default: `ca.crt` of `tls.certsDir`, otherwise
     * Node's own.
     */
    rootCert?: string;
  };
  tls?: { certsDir: string; clientNode?: string };
  timeouts: {
    /** For one RPC of yb-admin (`--timeout_ms`). */
    rpcMs: number;
    /** For one run of a tool, or one SQL statement. */
    commandMs: number;
    /** For one web page. */
    httpMs: number;
  };
}

export interface YsqlConnection {
  host: string;
  port: number;
  user: string;
  /** The database through which other databases are created, renamed and dropped. */
  database: string;
  password?: string;
  /** As libpq's; default: see `ysqlTls`. */
  sslmode?: 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  /** Path of the root certificate. */
  rootCert?: string;
}

export interface YcqlConnection {
  host: string;
  port: number;
  user?: string;
  password?: string;
  /** Default: see `ycqlUsesTls`. */
  ssl?: boolean;
  /** Path of the PEM that the certificate is verified against. */
  rootCert?: string;
}
