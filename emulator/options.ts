import { has, type Release } from './releases';

/** Where and how one emulated cluster runs. Written to `<home>/cluster.json`. */
export interface EmulatorOptions {
  /** Folder of this cluster; created when missing. */
  home: string;
  /** For messages only. */
  name: string;
  /** The release that it behaves like. */
  dialect: Release;
  host: string;
  ports: {
    masterRpc: number;
    masterHttp: number;
    tserverRpc: [number, number, number];
    tserverHttp: [number, number, number];
    control: number;
    /** Where ycqlsh connects. */
    ycql: number;
    /** Where YSQL is: statements pass the emulator, which knows what PostgreSQL doesn't. */
    ysql: number;
  };
  /**
   * A running PostgreSQL of this cluster, and a superuser of it. `passwordFile`: his password; without one he is
   * trusted.
   */
  postgres: { host: string; port: number; user: string; passwordFile?: string };
  /** Paths of the PEM files with which YCQL is spoken in TLS (`use_client_to_server_encryption`); absent: in clear. */
  ycqlTls?: { key: string; cert: string };
  timing?: {
    /** From CREATING to COMPLETE. */
    snapshotMs?: number;
    /** From RESTORING to RESTORED, beside the replay itself. */
    restoreMs?: number;
    /** From DELETING until a snapshot leaves the lists. */
    deleteMs?: number;
  };
}

/** Whether its sessions know `yb_read_time`. */
export const readsThePast = ({ dialect }: Pick<EmulatorOptions, 'dialect'>): boolean => has(dialect, 'readTime');

/** Where clients of the database connect. */
export const ysqlAddress = (options: EmulatorOptions): { host: string; port: number } => ({
  host: options.postgres.host,
  port: options.ports.ysql,
});
