import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { SqlFailed } from '../errors';
import { quoteIdentifier } from '../ysql/session/quote';
import type { SqlConnection, SqlOptions } from '../ysql/session/sql-connection';

/** The role that a load connects as: it owns the new database, and has no other privileges. */
export interface LoadRole {
  name: string;
  password: string;
}

/** Databases for which such roles are created and dropped: names that only one run uses. */
const SCRATCH = /^kalpa_[0-9a-f]{12}$/;
const nameFor = (database: string): string | undefined =>
  SCRATCH.test(database) ? `kalpa_load_${database}` : undefined;

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Creates the role for one load: neither a member of a role nor with members, with a password that only this process
 * knows and that expires with the load. Confinement needs a session of its own: in a superuser's session any function
 * can get the privileges back by RESET ROLE or SET SESSION AUTHORIZATION. Undefined if the configured role is not a
 * superuser: there is nothing to protect then.
 */
export async function makeLoadRole(
  sql: SqlConnection,
  database: string,
  options: SqlOptions & { timeoutMs: number },
): Promise<LoadRole | undefined> {
  const name = nameFor(database);
  if (name === undefined) return undefined;
  const password = randomBytes(24).toString('base64url');
  return await sql.use(
    sql.home,
    `make the role ${name}, which loads ${database}`,
    async (query) => {
      const [own] = await query('SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper');
      if (!own) return undefined;
      const there = await query('SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1', [name]);
      // Row security that a dump forces on owners must not keep its own materialized views from being filled.
      const until = new Date(Date.now() + options.timeoutMs + 60_000).toISOString();
      await query(
        `${there.length > 0 ? 'ALTER' : 'CREATE'} ROLE ${quoteIdentifier(name)} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS NOINHERIT PASSWORD ${literal(scramVerifier(password))} VALID UNTIL ${literal(until)}`,
      );
      return { name, password };
    },
    options,
  );
}

/** Drops the role of a load, once its database is gone or has another owner. Safe to repeat. */
export async function dropLoadRole(sql: SqlConnection, database: string, options?: SqlOptions): Promise<void> {
  const name = nameFor(database);
  if (name === undefined) return;
  await sql.use(
    sql.home,
    `remove the role ${name}`,
    async (query) => {
      const there = await query('SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1', [name]);
      if (there.length === 0) return;
      await query(`DROP OWNED BY ${quoteIdentifier(name)}`); // rights on tablespaces
      await query(`DROP ROLE IF EXISTS ${quoteIdentifier(name)}`);
    },
    { ...options, mutates: true },
  );
}

/** Why the role could not log in, and what to do. */
export function asLoginFailure(error: unknown, { name }: LoadRole): unknown {
  if (!(error instanceof SqlFailed) || !/^28/.test(error.code ?? '')) return error;
  return new SqlFailed(
    error.action,
    error.database,
    error.code,
    `${error.reason}. A load connects as a role of its own, ${name}, which has privileges only on the new database. Allow roles with a password to connect from here (ysql_hba_conf_csv), or let dumps that you trust be loaded as the configured role: ysql.confineLoads: false`,
    false,
    error.outcome,
  );
}

/** The server's form of a password (RFC 5803), so that the password itself appears in no statement. */
function scramVerifier(password: string): string {
  const [salt, iterations] = [randomBytes(16), 4096];
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const key = (of: string): Buffer => createHmac('sha256', salted).update(of).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}
