/** What the doctor asks the cluster; each question may throw. */
export interface ClusterView {
  tools(): Promise<{ version: string; dialect: string }>;
  masters(): Promise<{ address: string; alive: boolean; role: string }[]>;
  tservers(): Promise<{ address: string; alive: boolean }[]>;
  /** The role that connects, and whether it is a superuser. */
  ysqlRole(): Promise<{ role: string; superuser: boolean }>;
}
