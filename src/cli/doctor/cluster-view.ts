import type { KalpaConfig } from '../../config';
import type { LockHolder } from '../../worker/node-lock';

/** A client tool and the release that it prints; with `problem` it can't be used. */
export interface ToolRelease {
  tool: string;
  release?: string;
  problem?: string;
}

/** What the doctor asks the cluster; each question may throw. */
export interface ClusterView {
  tools(): Promise<{ version: string; dialect: string }>;
  toolReleases(): Promise<ToolRelease[]>;
  /** Release that the leading master runs, as its web page tells. */
  release(): Promise<string>;
  /** What tells this cluster from another one of its name; undefined where the masters tell none. */
  universe(): Promise<string | undefined>;
  masters(): Promise<{ address: string; alive: boolean; role: string }[]>;
  tservers(): Promise<{ address: string; alive: boolean }[]>;
  /** Snapshot schedules of databases that were dropped. */
  goneSchedules(): Promise<{ scheduleId: string; database: string }[]>;
  /** The role that connects, and whether it is a superuser. */
  ysqlRole(): Promise<{ role: string; superuser: boolean }>;
  /** Throws what YCQL says when it does not let us in. */
  ycqlAnswers(): Promise<void>;
  /** Whether anything takes connections at `host:port`; never throws. */
  listens(address: string): Promise<boolean>;
  /** RPC addresses of the masters, as the web page of a master or tserver at `host:port` lists them. */
  mastersByWeb(web: string): Promise<string[]>;
  /** Proves that this machine is the node of the configuration. */
  proveNode(node: NonNullable<KalpaConfig['node']>): Promise<{ uuid: string; address: string }>;
  /** The worker that serves this machine's node; undefined where none does. */
  nodeHolder(dataDir: string): Promise<LockHolder | undefined>;
}
