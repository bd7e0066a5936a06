/** Where and how one emulated cluster runs. Written to `<home>/cluster.json`. */
export interface EmulatorOptions {
  /** Folder of this cluster; created when missing. */
  home: string;
  /** For messages only. */
  name: string;
  dialect: '2.6' | '2025.1';
  host: string;
  ports: {
    masterRpc: number;
    masterHttp: number;
    tserverRpc: [number, number, number];
    tserverHttp: [number, number, number];
    control: number;
    /** Where ycqlsh connects. */
    ycql: number;
    /** Where YSQL with `yb_read_time` is; releases without it have PostgreSQL's port alone. */
    ysql: number;
  };
  /** A running PostgreSQL of this cluster, and a superuser of it. `passwordFile`: his password; without one he is trusted. */
  postgres: { host: string; port: number; user: string; passwordFile?: string };
  timing?: {
    /** From CREATING to COMPLETE. */
    snapshotMs?: number;
    /** From RESTORING to RESTORED, beside the replay itself. */
    restoreMs?: number;
    /** From DELETING until a snapshot leaves the lists. */
    deleteMs?: number;
  };
}

/** Release that each dialect says it is. */
export const RELEASES = { '2.6': '2.6.20.0', '2025.1': '2025.1.1.0' } as const;

/** `yb_read_time` came between 2.19 and 2.21 (#19114). */
export const readsThePast = ({ dialect }: Pick<EmulatorOptions, 'dialect'>): boolean => dialect !== '2.6';

/** Where clients of the database connect. */
export const ysqlAddress = (options: EmulatorOptions): { host: string; port: number } => ({
  host: options.postgres.host,
  port: readsThePast(options) ? options.ports.ysql : options.postgres.port,
});
