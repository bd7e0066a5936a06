import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../cluster';
import { quoted, withDatabase } from '../../postgres/connect';
import type { CqlTable } from './definition';
import { CqlError, invalid, keyspaceNotFound } from '../errors';
import { has } from '../../releases';
import type { HiddenTable } from '../../state';
import { databaseNameOf, KEYSPACE_PATTERN, keyspaceIn, MAX_KEYSPACE_LENGTH } from './keyspace-name';
import { readTables, readTypes } from './tables';
import type { UserType } from '../values/types';

/** The contents of a keyspace. */
export interface KeyspaceDescription {
  name: string;
  types: UserType[];
  tables: { name: string; definition: CqlTable }[];
}

const DROP_ATTEMPTS = 40;
const DROP_PAUSE_MS = 50;

/** Names of all keyspaces of the users, sorted. */
export async function keyspaceNames({ connections }: Cluster): Promise<string[]> {
  const rows = await connections.read<{ name: string }>(
    'SELECT datname AS name FROM pg_database WHERE datname LIKE $1 AND datistemplate ORDER BY datname COLLATE "C"',
    [KEYSPACE_PATTERN],
  );
  return rows.map(({ name }) => keyspaceIn(name) ?? '');
}

export const keyspaceExists = async (cluster: Cluster, name: string): Promise<boolean> =>
  (await keyspaceNames(cluster)).includes(name);

/** Creates a keyspace. Throws a `CqlError` if it exists. */
export async function createKeyspace(cluster: Cluster, name: string): Promise<void> {
  if (Buffer.byteLength(name) > MAX_KEYSPACE_LENGTH)
    throw invalid(`Keyspace names shouldn't be more than ${MAX_KEYSPACE_LENGTH} characters long`);
  if (await keyspaceExists(cluster, name)) throw invalid(`Keyspace Already Exists. Keyspace '${name}' already exists`);
  await withDatabase(cluster.options.postgres, 'postgres', async (client) => {
    await client.query(
      `CREATE DATABASE ${quoted(databaseNameOf(name))} TEMPLATE template0 IS_TEMPLATE true CONNECTION LIMIT 0`,
    );
  });
  await cluster.databases.named(databaseNameOf(name));
}

/** Removes an empty keyspace. Throws a `CqlError` if it does not exist or is not empty. */
export async function dropKeyspace(cluster: Cluster, name: string): Promise<void> {
  if (!(await keyspaceExists(cluster, name))) throw keyspaceNotFound(name);
  const { tables, types } = await describeKeyspace(cluster, name);
  const [left] = [...tables.map((table) => `table: ${table.name}`), ...types.map((type) => `type: ${type.name}`)];
  if (left !== undefined) throw new CqlError('ServerError', `Server Error. Cannot delete keyspace which has ${left}`);
  await refuseHidden(cluster, name);
  refuseScheduled(cluster, name);
  await discardKeyspace(cluster, name);
}

/** Tables and indexes of a keyspace that were dropped and that a schedule or a snapshot keeps. */
export async function hiddenTables({ databases, state }: Cluster, keyspace: string): Promise<HiddenTable[]> {
  const database = await databases.named(databaseNameOf(keyspace));
  if (!database) return [];
  await databases.flush(database.oid);
  return state.databases.find(({ oid }) => oid === database.oid)?.hidden ?? [];
}

/**
 * A keyspace with a dropped table that is kept hidden for a schedule or a snapshot is not empty (`DoDeleteNamespace` of
 * src/yb/master/catalog_manager.cc checks only `started_deleting`, commit 009b2dda77; #9082).
 */
async function refuseHidden(cluster: Cluster, name: string): Promise<void> {
  const [hidden] = await hiddenTables(cluster, name);
  if (hidden)
    throw new CqlError(
      'ServerError',
      `Server Error. Cannot delete keyspace which has ${hidden.kind === 'i' ? 'index' : 'table'}: ${hidden.name} [id=${hidden.id}]`,
    );
}

/** The check for schedules in the same function, which follows that for tables and types. */
function refuseScheduled({ schedules, state, options }: Cluster, name: string): void {
  const oid = state.databases.find(({ keyspace }) => keyspace === name)?.oid;
  const covering = schedules.live.filter(({ databaseOid }) => databaseOid === oid);
  if (oid === undefined || covering.length === 0 || !has(options.dialect, 'keepsScheduledDatabases')) return;
  throw new CqlError(
    'ServerError',
    `Server Error. Cannot delete keyspace which has schedule: [${covering.map(({ id }) => `id: ${id}`).join(', ')}]`,
  );
}

/** Drops a keyspace with everything in it, if it exists. */
export async function discardKeyspace(cluster: Cluster, name: string): Promise<void> {
  if (!(await keyspaceExists(cluster, name))) return;
  const database = databaseNameOf(name);
  await withDatabase(cluster.options.postgres, 'postgres', async (client) => {
    await client.query(`ALTER DATABASE ${quoted(database)} IS_TEMPLATE false`);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.query(`DROP DATABASE IF EXISTS ${quoted(database)} WITH (FORCE)`);
        break;
      } catch (error) {
        if (attempt === DROP_ATTEMPTS) throw error; // its log is being read, which ends soon
        await sleep(DROP_PAUSE_MS);
      }
    }
  });
  await cluster.databases.refresh();
}

/** The contents of a keyspace. Throws a `CqlError` if it does not exist. */
export async function describeKeyspace(cluster: Cluster, name: string): Promise<KeyspaceDescription> {
  if (!(await keyspaceExists(cluster, name))) throw keyspaceNotFound(name);
  return await cluster.connections.run(databaseNameOf(name), async (client) => {
    const tables = await readTables(client);
    const types = await readTypes(client);
    return {
      name,
      types: [...types.values()],
      tables: [...tables].map(([table, definition]) => ({ name: table, definition })),
    };
  });
}
