/**
 * A keyspace is a PostgreSQL database of its own, under a reserved prefix and marked as a template that only superusers
 * may connect to, so that no YSQL listing of databases in use shows it, and the journal, tablets, snapshots and
 * restores work over it unchanged.
 */
const PREFIX = 'ycql/';

/** For `LIKE` in SQL. */
export const KEYSPACE_PATTERN = 'ycql/%';

/** The longest name that the real one accepts. */
export const MAX_KEYSPACE_LENGTH = 48;

export const databaseNameOf = (keyspace: string): string => `${PREFIX}${keyspace}`;

/** The keyspace that a PostgreSQL database holds; undefined for a YSQL database. */
export const keyspaceIn = (database: string): string | undefined =>
  database.startsWith(PREFIX) ? database.slice(PREFIX.length) : undefined;
