/** What the first event of a run says about who started it. */
export interface Starter {
  /** Of the Temporal client that sent the request. */
  identity?: string | null | undefined;
  /** Set by Temporal's scheduler. */
  scheduleId?: string | undefined;
}

/**
 * Who started a run, for records and lists: `alice@laptop`, `schedule backup/prod/ysql.orders`, or the name that a
 * program gave its Temporal client. The SDKs' own default, a process id and a host, identifies nobody: only its host is
 * kept.
 */
export function starterName({ identity, scheduleId }: Starter): string | undefined {
  if (scheduleId !== undefined) return `schedule ${scheduleId}`;
  if (!identity) return undefined;
  const host = /^\d+@(.+)$/s.exec(identity)?.[1];
  return host === undefined ? identity : `a program on ${host}`;
}
