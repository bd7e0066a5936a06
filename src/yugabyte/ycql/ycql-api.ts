import { createHash } from 'node:crypto';
import type { AskOptions, DatabaseApi, StoredTable, TableReader } from '../database-api';
import { namespaceOf, namesOf } from '../http/dump-entities';
import { listTables } from '../yb-admin/list-tables';
import { createKeyspaceSnapshot } from '../yb-admin/snapshots/create-keyspace-snapshot';
import type { Yugabyte } from '../yugabyte';
import { cqlStatements, createdObject } from './cql-statements';

type Cluster = Pick<Yugabyte, 'cql' | 'http' | 'run'>;

const OF_THE_CLUSTER = /^system(?:_auth|_schema)?$/;

/**
 * YCQL: the masters list what exists, CQL reads it, and yb-admin's commands for keyspaces do the rest. Failures:
 * `ToolFailed`, `HttpFailed`.
 */
export const ycqlApi = (cluster: Cluster): DatabaseApi => ({
  api: 'ycql',
  tools: ['ycqlsh'],

  logIn: async (options) => {
    await cluster.cql.ping(options);
  },
  list: async (options) =>
    namesOf(await cluster.http.dumpEntities(options?.signal), 'ycql').filter((name) => !OF_THE_CLUSTER.test(name)),
  exists: async (name, options) =>
    namespaceOf(await cluster.http.dumpEntities(options?.signal), `ycql.${name}`) !== undefined,
  tables: async (name, options) => await storedTables(cluster, name, options),
  reading: async (name, work) => await work(readerOf(cluster, name)),
  readsAtMoment: async () => await Promise.resolve(false),
  expiringTables: async (name, options) =>
    cqlStatements(await cluster.cql.describeKeyspace(name, options)).flatMap(({ text }) => {
      const makes = createdObject(text);
      return makes.kind === 'table' && /default_time_to_live\s*=\s*[1-9]/i.test(text)
        ? [{ schema: '', name: makes.name }]
        : [];
    }),
  invalidIndexes: async () => await Promise.resolve([]),
  unreadable: async () => await Promise.resolve([]),

  readsPastSchema: async () => await Promise.resolve(false),
  definitions: async (name, options) => Buffer.from(await cluster.cql.describeKeyspace(name, options)),
  schemaDigest: async (name, options) => await schemaDigest(cluster, name, options),
  /** A keyspace has no version: the digest of its schema serves as one. */
  catalogVersion: async (name, options) => (await schemaDigest(cluster, name, options)).slice(0, 16),

  clock: async () => await Promise.resolve(String(BigInt(Date.now()) * 1000n)),
  // YCQL has no transactions that outlive a statement.
  sessions: async () => await Promise.resolve(0),
  endSessions: async () => await Promise.resolve(0),

  createSnapshot: async (name, { tables, retentionHours, ...options } = {}) =>
    await cluster.run(createKeyspaceSnapshot, { keyspace: name, tables, retentionHours }, options),
  rewindsSchema: async () => await Promise.resolve(true),
  drop: async (name, options) => {
    const there = (await storedTables(cluster, name, options)) ?? [];
    const tables = there.filter(({ kind }) => kind === 'table').map((table) => table.name);
    await cluster.cql.dropTables(name, tables, options);
    await cluster.cql.dropKeyspace(name, options);
  },
});

function readerOf(cluster: Cluster, keyspace: string): TableReader {
  const { cql } = cluster;
  return {
    atOnce: 1, // one process per table
    tables: async (options) => await storedTables(cluster, keyspace, options),
    count: async ({ name }, { signal, timeoutMs } = {}) => await cql.countRows(keyspace, name, { signal, timeoutMs }),
    digest: async ({ name: table }, { signal, timeoutMs } = {}) =>
      await cql.fingerprintTable({ keyspace, table, signal, timeoutMs }),
  };
}

async function schemaDigest({ cql }: Cluster, keyspace: string, options?: AskOptions): Promise<string> {
  const described = await cql.describeKeyspace(keyspace, options);
  return createHash('sha256').update(described).digest('hex');
}

/** Tables and indexes, as the masters list them. */
async function storedTables(
  cluster: Cluster,
  keyspace: string,
  options?: AskOptions,
): Promise<StoredTable[] | undefined> {
  const entities = await cluster.http.dumpEntities(options?.signal);
  const found = namespaceOf(entities, `ycql.${keyspace}`);
  if (!found) return undefined;
  const types = new Map((await cluster.run(listTables, {}, options)).map(({ id, type }) => [id, type]));
  return entities.tables
    .filter(({ id, keyspaceId }) => keyspaceId === found.id && types.has(id)) // hidden ones are not listed
    .map(({ id, name }) => ({
      ...{ id, schema: '', name, kind: types.get(id) === 'index' ? 'index' : 'table' },
      ...{ primaryKey: false, ofExtension: false, populated: true, storage: '', estimatedRows: 0 },
    }));
}
