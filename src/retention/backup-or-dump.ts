/**
 * What the planner knows of a committed backup or dump. Times are milliseconds since 1970, all by the store's clock or
 * the cluster's.
 */
export interface BackupOrDump {
  id: string;
  kind: 'backup' | 'dump';
  /** `ysql.orders`; of a dump of a whole cluster `ysql` or `ycql`. */
  database: string;
  /** The moment that it holds. */
  at: number;
  label?: string | undefined;
  /** What its caller asked for; overrides every rule. */
  keepForMs?: number | undefined;
  /** Somebody has said that it stays, and why. */
  hold?: { reason: string; by?: string | undefined } | undefined;
  /** The newest verification, if any. */
  proved?: 'good' | 'bad' | undefined;
  /** Something reads it until then. */
  leasedUntil?: number | undefined;
  /** Why nothing is decided about it: no known key answers for its record, or that is damaged. */
  notBelieved?: string | undefined;
  /** Bytes of its own objects in the bucket. */
  ownBytes: number;
  /** Whose objects it needs, beside its own. */
  refersTo?: readonly { id: string; bytes: number }[] | undefined;
}

/** Periods that a rule may count. */
export const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof PERIODS)[number];
