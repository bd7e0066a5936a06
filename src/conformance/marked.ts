import {
  deleteSnapshot,
  deleteSnapshotSchedule,
  listSnapshots,
  listTables,
  quoteIdentifier,
  schedulesOfDatabase,
  SqlFailed,
  type SqlConnection,
  type Yugabyte,
} from '../yugabyte';
import { LANGUAGES, type Api } from '../contract';
import { KEYSPACE_MARKER, limitOf, MARKER, PREFIX, tokenOf } from './names';

export interface FoundDatabase {
  api: Api;
  name: string;
}

/** SQLSTATEs for: unknown option, not supported, unknown word. */
export const UNSUPPORTED_STATES = new Set(['42601', '0A000', '22023']);

/** Creates a YSQL database that contains only the marker, which says who made it. */
export async function makeDatabase(
  sql: SqlConnection,
  name: string,
  { token, options = '' }: { token: string; options?: string },
): Promise<void> {
  const plain = `CREATE DATABASE ${quoteIdentifier(name)}${options}`;
  const create = async (text: string): Promise<void> => {
    await sql.use(sql.home, `make the database "${name}"`, async (query) => await query(text), { mutates: true });
  };
  try {
    await create(`${plain}${options === '' ? ' WITH' : ''} CONNECTION_LIMIT = ${limitOf(token)}`);
  } catch (error) {
    if (!(error instanceof SqlFailed) || !UNSUPPORTED_STATES.has(error.code ?? '')) throw error;
    await create(plain);
  }
  await sql.use(
    name,
    'mark the database as ours',
    async (query) => {
      await query(`CREATE SCHEMA ${MARKER.schema}`);
      await query(`CREATE TABLE ${MARKER.schema}.${MARKER.table} (token text PRIMARY KEY)`);
      await query(`INSERT INTO ${MARKER.schema}.${MARKER.table} VALUES ($1)`, [token]);
    },
    { mutates: true },
  );
  await sql
    .use(
      sql.home,
      'lift the limit that it was made with',
      async (query) => await query(`ALTER DATABASE ${quoteIdentifier(name)} CONNECTION LIMIT -1`),
      { mutates: true },
    )
    .catch(() => undefined); // a limit that high affects nobody
}

/** The same for a keyspace, which is recognised by its marker alone, or by a marked database of the same run. */
export async function makeKeyspace(yugabyte: Yugabyte, name: string, token: string): Promise<void> {
  await yugabyte.cql.define([
    `CREATE KEYSPACE ${name}`,
    `CREATE TABLE ${name}.${KEYSPACE_MARKER} (token text PRIMARY KEY)`,
    `INSERT INTO ${name}.${KEYSPACE_MARKER} (token) VALUES ('${token}')`,
  ]);
}

/**
 * What runs of this command have left, including earlier runs. A database is ours if it has a name of the command's
 * form and contains the marker with the token of that name. It is also ours if a run was killed after creating it and
 * before marking it: then it is still empty, has the connection limit that the run gave it, and is either this run's
 * (`own`) or another database with the token of that run is marked. Anything that has only the name is reported and
 * never touched. In the order in which they are to be dropped: those recognised by another database come first.
 */
export async function findMarked(
  sql: SqlConnection,
  yugabyte: Yugabyte,
  own?: string,
): Promise<{ ours: FoundDatabase[]; unmarked: FoundDatabase[] }> {
  const [marked, others]: [Named[], Named[]] = [[], []];
  for (const found of await named(sql, yugabyte))
    ((await isMarked(sql, yugabyte, found)) ? marked : others).push(found);
  const runs = new Set([own, ...marked.map(({ name }) => tokenOf(name))]);
  const [begun, unmarked]: [FoundDatabase[], FoundDatabase[]] = [[], []];
  for (const { limit, ...found } of others) {
    const token = tokenOf(found.name);
    const known = token !== undefined && (runs.has(token) || limit === limitOf(token));
    (known && (await isEmpty(sql, yugabyte, found)) ? begun : unmarked).push(found);
  }
  const keyspacesFirst = marked.sort((a, b) => Number(a.api === 'ysql') - Number(b.api === 'ysql'));
  return { ours: [...begun, ...keyspacesFirst.map(({ api, name }) => ({ api, name }))], unmarked };
}

interface Named extends FoundDatabase {
  /** The number of connections that a database accepts. */
  limit?: number;
}

/** Whether it contains nothing but the marker. What can't be inspected does not count as empty. */
async function isEmpty(sql: SqlConnection, yugabyte: Yugabyte, { api, name }: FoundDatabase): Promise<boolean> {
  try {
    if (api === 'ycql') {
      const tables = (await yugabyte.run(listTables, {})).filter(
        ({ qualifiedName, api: of }) => of === 'ycql' && qualifiedName.startsWith(`${name}.`),
      );
      return tables.every(({ qualifiedName }) => qualifiedName === `${name}.${KEYSPACE_MARKER}`);
    }
    const [row] = await sql.use(
      name,
      'look whether it is empty',
      async (query) => await query<{ filled: boolean }>(FILLED, [MARKER.schema]),
    );
    return row?.filled === false;
  } catch {
    return false;
  }
}

/** Schemas whose names begin with `pg_` belong to the server. */
const FILLED = `SELECT EXISTS (
    SELECT FROM pg_catalog.pg_namespace n
     WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public', $1)
    UNION ALL
    SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
    UNION ALL
    SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
    UNION ALL
    SELECT FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = 'public'
    UNION ALL
    SELECT FROM pg_catalog.pg_largeobject_metadata
  ) AS filled`;

async function named(sql: SqlConnection, yugabyte: Yugabyte): Promise<Named[]> {
  const rows = await sql.use(
    sql.home,
    'look for databases of earlier runs',
    async (query) =>
      await query<{ name: string; limit: number }>(
        'SELECT datname::text AS name, datconnlimit AS limit FROM pg_catalog.pg_database WHERE pg_catalog.left(datname, $1) = $2 ORDER BY 1',
        [PREFIX.length, PREFIX],
      ),
  );
  const databases = rows.map(({ name, limit }): Named => ({ api: 'ysql', name, limit }));
  if (!yugabyte.cql.configured) return databases;
  // From the masters' own catalog: every release has it there, and no shell has to be started.
  const keyspaces = (await yugabyte.api('ycql').list()).filter((name) => name.startsWith(PREFIX));
  return [...databases, ...keyspaces.map((name): Named => ({ api: 'ycql', name }))];
}

async function isMarked(sql: SqlConnection, yugabyte: Yugabyte, { api, name }: FoundDatabase): Promise<boolean> {
  const token = tokenOf(name);
  if (token === undefined) return false;
  try {
    if (api === 'ycql') return (await tokensOf(yugabyte, name)).join() === token;
    const [row] = await sql.use(
      name,
      'look for the marker',
      async (query) =>
        await query<{ token: string }>(`SELECT token FROM ${MARKER.schema}.${MARKER.table} WHERE token = $1`, [token]),
    );
    return row !== undefined;
  } catch {
    return false; // no such table, or no right to read it: then it is not ours to drop
  }
}

async function tokensOf(yugabyte: Yugabyte, keyspace: string): Promise<string[]> {
  const rows = await yugabyte.cql.readRows(keyspace, KEYSPACE_MARKER);
  return rows.map((row) => String(row['token']));
}

/**
 * Drops one of our databases, its schedules and snapshots first, since newer releases refuse to drop a database that
 * has a schedule. Returns what stays.
 */
export async function dropMarked(yugabyte: Yugabyte, found: FoundDatabase): Promise<string[]> {
  const { api, name } = found;
  const { own, ofDropped } = await schedulesOfDatabase(yugabyte, found);
  for (const { id } of [...own, ...ofDropped]) await yugabyte.run(deleteSnapshotSchedule, { scheduleId: id });
  for (const { id, state, database } of await yugabyte.run(listSnapshots, { details: true })) {
    const own = database?.name === name && database.api === api;
    if (own && !/^DELET/.test(state)) await yugabyte.run(deleteSnapshot, { snapshotId: id }).catch(() => undefined);
  }
  const databases = yugabyte.api(api);
  await databases.drop(name);
  return (await databases.exists(name)) ? [`the ${LANGUAGES[api].noun} ${api}.${name}`] : [];
}
