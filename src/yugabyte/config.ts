/** What this folder needs to know of a cluster; the caller takes it apart from kalpa.yaml. */
export interface YugabyteConfig {
  /** RPC addresses `host:port` of the masters. */
  masters: string[];
  /** Folder of yb-admin, ysql_dump and ysql_dumpall; without it they are looked for in PATH. */
  tools?: string;
  ysql: YsqlConnection;
  /** Absent: nothing of YCQL can be asked. */
  ycql?: YcqlConnection;
  http?: {
    /** Web addresses of the masters; default: each master's host, port 7000. */
    masters?: string[];
    /** Web port of tservers whose web address the masters do not tell; default 9000. */
    tserverPort?: number;
    /** Default: where `tls` is given. */
    tls?: boolean;
    /**
     * Path of the PEM that their certificates are verified against; default: `ca.crt` of `tls.certsDir`, else node's
     * own.
     */
    rootCert?: string;
  };
  tls?: { certsDir: string; clientNode?: string };
  timeouts: {
    /** One RPC of yb-admin (`--timeout_ms`). */
    rpcMs: number;
    /** One run of a tool, or one SQL statement. */
    commandMs: number;
    /** One web page. */
    httpMs: number;
  };
}

export interface YsqlConnection {
  host: string;
  port: number;
  user: string;
  /** The database that commands about other databases are sent to. */
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
