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
    /** Where YSQL is served: statements go through the emulator, which adds what PostgreSQL lacks. */
    ysql: number;
  };
  /**
   * A running PostgreSQL of this cluster, and a superuser of it. `passwordFile`: that user's password; without one the
   * user is trusted.
   */
  postgres: { host: string; port: number; user: string; passwordFile?: string };
  /** Paths of the PEM files for YCQL over TLS (`use_client_to_server_encryption`); absent: no TLS. */
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

/** Whether its sessions support `yb_read_time`. */
export const readsThePast = ({ dialect }: Pick<EmulatorOptions, 'dialect'>): boolean => has(dialect, 'readTime');

/** Where clients of the database connect. */
export const ysqlAddress = (options: EmulatorOptions): { host: string; port: number } => ({
  host: options.postgres.host,
  port: options.ports.ysql,
});
