import { setTimeout as pause } from 'node:timers/promises';
import { SqlFailed } from '../errors';
import { connectionsTo, endOwnConnections, ownStatementsOn } from './session/active-connections';
import { databaseExists } from './databases';
import { quoteIdentifier } from './session/quote';
import type { Query, SqlConnection, SqlOptions } from './session/sql-connection';

export interface ChangeDatabaseOptions extends SqlOptions {
  /** How long to retry while the database is in use or still being created; default 30 s. */
  inUseMs?: number;
}

const OBJECT_IN_USE = '55006';
const INVALID_CATALOG_NAME = '3D000';
const WRONG_OBJECT_TYPE = '42809';
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

/**
 * Drops a database, even one that a dump has marked as a template. Kalpa's own connections to it are ended; those of
 * others are waited for, as is a `CREATE DATABASE` of ours whose client was killed. Safe to repeat; returns whether
 * there was one. After a lost response, checks whether it was dropped.
 */
export async function dropDatabase(
  sql: SqlConnection,
  name: string,
  options: ChangeDatabaseOptions = {},
): Promise<{ dropped: boolean }> {
  if (name === sql.home)
    throw new SqlFailed(
      `drop database "${name}"`,
      sql.home,
      undefined,
      'Kalpa itself is connected through it (ysql.database in kalpa.yaml)',
      false,
      'refused',
    );
  try {
    await whenNotInUse(
      sql,
      name,
      {
        action: `drop database "${name}"`,
        statement: `DROP DATABASE ${quoteIdentifier(name)}`,
        template: `ALTER DATABASE ${quoteIdentifier(name)} IS_TEMPLATE false`,
      },
      options,
    );
    return { dropped: true };
  } catch (error) {
    if (!(error instanceof SqlFailed)) throw error;
    if (error.code === INVALID_CATALOG_NAME) return { dropped: false };
    if (error.outcome === 'unknown' && !(await databaseExists(sql, name, options))) return { dropped: true };
    throw error;
  }
}

/**
 * Renames a database. Safe to repeat: if the old name is gone and the new one exists, it counts as renamed (so the old
 * name must be one that only this run uses). Fails with SQLSTATE 42P04 if the new name is taken.
 */
export async function renameDatabase(
  sql: SqlConnection,
  from: string,
  to: string,
  options: ChangeDatabaseOptions = {},
): Promise<{ renamed: boolean }> {
  try {
    await whenNotInUse(
      sql,
      from,
      {
        action: `rename database "${from}" to "${to}"`,
        statement: `ALTER DATABASE ${quoteIdentifier(from)} RENAME TO ${quoteIdentifier(to)}`,
      },
      options,
    );
    return { renamed: true };
  } catch (error) {
    if (!(error instanceof SqlFailed) || (error.outcome !== 'unknown' && error.code !== INVALID_CATALOG_NAME))
      throw error;
    const [old, now] = [await databaseExists(sql, from, options), await databaseExists(sql, to, options)];
    if (!old && now) return { renamed: error.outcome === 'unknown' };
    throw error;
  }
}

async function whenNotInUse(
  sql: SqlConnection,
  database: string,
  { action, statement, template }: { action: string; statement: string; template?: string },
  options: ChangeDatabaseOptions,
): Promise<void> {
  const until = Date.now() + (options.inUseMs ?? 30_000);
  let unmark = template;
  await sql.use(
    sql.home,
    action,
    async (query) => {
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
        await endOwnConnections(query, database);
        // Waited for, never ended: a CREATE DATABASE that is interrupted may leave its namespace on the masters.
        const changing = await ownStatementsOn(query, database);
        try {
          if (changing.length === 0) {
            await query(statement);
            return;
          }
        } catch (error) {
          const { code } = error as { code?: string };
          if (unmark !== undefined && code === WRONG_OBJECT_TYPE) {
            await query(unmark); // "cannot drop a template database"
            unmark = undefined;
            continue;
          }
          if (code !== OBJECT_IN_USE) throw error;
        }
        if (Date.now() + pauseMs > until) throw await inUse(query, sql.home, { database, action, changing });
        await pause(pauseMs, undefined, options.signal ? { signal: options.signal } : {});
      }
    },
    { ...options, mutates: true },
  );
}

async function inUse(
  query: Query,
  home: string,
  { database, action, changing }: { database: string; action: string; changing: number[] },
): Promise<SqlFailed> {
  const others = await connectionsTo(query, database);
  const who = others
    .slice(0, 5)
    .map(({ pid, user, application }) => `${user}${application === '' ? '' : ` (${application})`}, pid ${pid}`);
  const reason =
    changing.length > 0
      ? `an earlier statement about "${database}" is still running (pid ${changing.join(', ')}); waiting for it`
      : `"${database}" is in use${who.length === 0 ? '' : ` by ${who.join('; ')}${others.length > 5 ? ' and others' : ''}; end these connections`}`;
  return new SqlFailed(action, home, OBJECT_IN_USE, reason, true, 'refused');
}
