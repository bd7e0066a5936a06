/**
 * What the planner knows about a committed backup or dump. Times are milliseconds since 1970, all by the store's or the
 * cluster's clock.
 */
export interface BackupOrDump {
  id: string;
  kind: 'backup' | 'dump';
  /** `ysql.orders`; for a dump of a whole cluster, `ysql` or `ycql`. */
  database: string;
  /** The moment whose data it contains. */
  at: number;
  label?: string | undefined;
  /** What its caller requested; overrides every rule. */
  keepForMs?: number | undefined;
  /** Someone placed a hold on it, and why. */
  hold?: { reason: string; by?: string | undefined } | undefined;
  /** The newest verification, if there is one. */
  proved?: 'good' | 'bad' | undefined;
  /** A lease: something reads it until then. */
  leasedUntil?: number | undefined;
  /** Why nothing is decided about it: no known key has signed its record, or the record is damaged. */
  notBelieved?: string | undefined;
  /** Size of its own objects in the bucket. */
  ownBytes: number;
  /** The backups whose objects it needs, besides its own. */
  refersTo?: readonly { id: string; bytes: number }[] | undefined;
}

/** Periods that a rule may count by. */
export const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof PERIODS)[number];
