import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cluster } from '../cluster';
import { keyspaceIn } from '../cql/catalog/keyspace-name';
import { SCHEMA } from '../sql/names';
import { passwordOf, withDatabase } from '../postgres/connect';
import type { DatabaseState } from '../state';

const run = promisify(execFile);
/** How often the dump of a schema is repeated if the schema changes meanwhile. */
const MAX_ATTEMPTS = 8;
const LARGEST_SCHEMA = 64 * 1024 * 1024;

/** Changes with every DDL, including a plain CREATE TABLE and changes of a keyspace's types. */
const FINGERPRINT = `SELECT (SELECT current_version FROM ${SCHEMA}.catalog_version) || '/' ||
  (SELECT count(*) || '/' || coalesce(max(oid::bigint), 0) FROM pg_class WHERE oid >= 16384) ||
  (SELECT coalesce('/' || md5(shobj_description(oid, 'pg_database')), '') FROM pg_database WHERE datname = current_database()) AS seen`;

/** SQL that records the types of a keyspace again, in the database that it is run in. */
const TYPES = `SELECT format('DO $types$ BEGIN EXECUTE format(''COMMENT ON DATABASE %%I IS %%L'', current_database(), %L); END $types$;',
  shobj_description(oid, 'pg_database')) AS sql FROM pg_database WHERE datname = current_database()`;

/**
 * Records the schema of a database if DDL has changed it since the last check. DDL within the same third of a second
 * counts as one change; the text is that of `pg_dump`, because PostgreSQL keeps no older schema.
 */
export async function noteSchema(cluster: Cluster, oid: number, tried = 1): Promise<void> {
  const find = (): DatabaseState | undefined => cluster.state.databases.find((one) => one.oid === oid);
  const database = find();
  if (!database) return;
  const seen = await fingerprint(cluster, database.name);
  if (database.schemas.at(-1)?.seen === seen) return;
  const first = database.schemas.length === 0;
  await cluster.databases.flush(oid);
  const sql = await schemaText(cluster, database.name).catch(async (error: unknown) => {
    if ((await fingerprint(cluster, database.name)) === seen) throw error;
  });
  const now = find();
  // A table was dropped during the dump.
  if (sql === undefined) {
    if (tried < MAX_ATTEMPTS) return await noteSchema(cluster, oid, tried + 1);
    throw new Error(`The schema of ${database.name} changed under each of ${MAX_ATTEMPTS} dumps.`);
  }
  if (!now || now.schemas.at(-1)?.seen === seen) return;
  const changed: string[] = [
    ...now.tables.map(({ describedMicros }) => describedMicros ?? '0'),
    ...now.hidden.map(({ droppedMicros }) => droppedMicros),
  ];
  const newest = changed.reduce((one, other) => (BigInt(other) > BigInt(one) ? other : one), '0');
  const before = BigInt(now.schemas.at(-1)?.micros ?? 0);
  // A table's own DDL is in the log with its time; other DDL (a column, a view) counts from the flush that finds it.
  const micros = first ? '0' : BigInt(newest) > before ? newest : now.hybridMicros;
  now.schemas.push({ micros, seen, sql });
  cluster.save();
}

export async function fingerprint({ options }: Cluster, name: string): Promise<string> {
  return await withDatabase(options.postgres, name, async (client) => {
    const { rows } = await client.query<{ seen: string }>(FINGERPRINT);
    return rows[0]?.seen ?? '';
  });
}

/** As `ysql_dump` prints it with YugabyteDB's metadata. */
export async function dumpSchema({ options }: Cluster, name: string, more: readonly string[]): Promise<string> {
  const { stdout } = await run(
    join(options.home, 'bin', 'ysql_dump'),
    [
      '--schema-only',
      '--include-yb-metadata',
      '--host',
      options.postgres.host,
      '--port',
      String(options.postgres.port),
      ...more,
      '--dbname',
      name,
    ],
    { maxBuffer: LARGEST_SCHEMA, env: { ...process.env, PGPASSWORD: passwordOf(options.postgres).password } },
  );
  return stdout;
}

async function schemaText(cluster: Cluster, name: string): Promise<string> {
  const sql = (await dumpSchema(cluster, name, []))
    .split('\n')
    .filter((line) => !/^\\(?:un)?restrict /.test(line))
    .join('\n');
  if (keyspaceIn(name) === undefined) return sql;
  const types = await withDatabase(cluster.options.postgres, name, async (client) => {
    const { rows } = await client.query<{ sql: string }>(TYPES);
    return rows[0]?.sql ?? '';
  });
  return `${sql}\n${types}\n`;
}

/** The schema as of a moment; undefined if it has not changed since. */
export function schemaAt({ schemas }: DatabaseState, micros: bigint): string | undefined {
  const at = schemas.findLastIndex((one) => BigInt(one.micros) <= micros);
  return at === schemas.length - 1 ? undefined : schemas[Math.max(at, 0)]?.sql;
}

/** The newest text at a moment, the present one included. */
export const schemaTextAt = ({ schemas }: DatabaseState, micros: bigint): string =>
  schemas.findLast((one) => BigInt(one.micros) <= micros)?.sql ?? schemas[0]?.sql ?? '';
