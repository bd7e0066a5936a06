import type { KalpaConfig } from '../../config';
import type { LockHolder } from '../../worker/node-lock';

/** A client tool and the release that it reports; with `problem` it can't be used. */
export interface ToolRelease {
  tool: string;
  release?: string;
  problem?: string;
}

/** What the doctor asks the cluster; each question may throw. */
export interface ClusterView {
  tools(): Promise<{ version: string; dialect: string }>;
  toolReleases(): Promise<ToolRelease[]>;
  /** The release of the leading master, from its web page. */
  release(): Promise<string>;
  /** Identifies this cluster among others of its name; undefined if the masters do not report it. */
  universe(): Promise<string | undefined>;
  masters(): Promise<{ address: string; alive: boolean; role: string }[]>;
  tservers(): Promise<{ address: string; alive: boolean }[]>;
  /** Snapshot schedules of databases that were dropped. */
  orphanedSchedules(): Promise<{ scheduleId: string; database: string }[]>;
  /** The connecting role, and whether it is a superuser. */
  ysqlRole(): Promise<{ role: string; superuser: boolean }>;
  /** Throws the error that YCQL returns if it refuses the login. */
  ycqlAnswers(): Promise<void>;
  /** Whether anything accepts connections at `host:port`; never throws. */
  listens(address: string): Promise<boolean>;
  /** RPC addresses of the masters, as the web page of a master or tserver at `host:port` lists them. */
  mastersByWeb(web: string): Promise<string[]>;
  /** Verifies that this machine is the configured node. */
  proveNode(node: NonNullable<KalpaConfig['node']>): Promise<{ uuid: string; address: string }>;
  /** The worker that serves this machine's node; undefined if none does. */
  nodeHolder(dataDir: string): Promise<LockHolder | undefined>;
}
