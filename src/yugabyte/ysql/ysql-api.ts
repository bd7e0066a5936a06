import { createHash } from 'node:crypto';
import type { DatabaseApi, ReadOptions, TableName, TableReader } from '../database-api';
import type { Micros } from '../micros';
import { contentMade } from '../process/read-made-file';
import { createDatabaseSnapshot } from '../yb-admin/snapshots/create-database-snapshot';
import { ysqlCatalogVersion } from '../yb-admin/ysql-catalog-version';
import type { Yugabyte } from '../yugabyte';
import { APPLICATION_NAME } from './session/sql-connection';

/** Enough that one slow table doesn't hold up the others, few enough for a busy cluster. */
export const CONNECTIONS_THAT_COUNT = 4;

/** Lines that differ between dumps of the same schema: the random key of newer dumps, and comments. */
const VOLATILE = /^(?:\\(?:un)?restrict |--|$)/;

type Cluster = Pick<Yugabyte, 'sql' | 'dump' | 'run' | 'capabilities'>;

/** YSQL: by SQL, by `ysql_dump`, and by yb-admin's commands for databases. Failures: `SqlFailed`, `ToolFailed`. */
export const ysqlApi = (cluster: Cluster): DatabaseApi => ({
  api: 'ysql',
  tools: ['ysql_dump', 'ysql_dumpall'],

  logIn: async (options) => {
    await cluster.sql.listDatabases(options);
  },
  list: async (options) => (await cluster.sql.listDatabases(options)).map(({ name }) => name),
  exists: async (name, options) => await cluster.sql.databaseExists(name, options),
  tables: async (name, options) =>
    (await cluster.sql.databaseExists(name, options))
      ? await cluster.sql.createdRelationsWithStorage(name, options)
      : undefined,
  reading: async (name, work) => await cluster.sql.keeping(async (sql) => await work(readerOf(sql, name))),
  readsAtMoment: async (name, options) => await cluster.sql.canReadAtMoment(name, options),
  expiringTables: async () => await Promise.resolve([]),
  invalidIndexes: async (name, options) => await cluster.sql.invalidIndexes(name, options),
  unreadable: async (name, options) => await cluster.sql.unreadableRelations(name, options),

  readsPastSchema: async (name, options) =>
    (await cluster.dump.hasReadTime(options)) && (await cluster.sql.canReadAtMoment(name, options)),
  definitions: async (name, options) => await dumpedSchema(cluster, name, options),
  schemaDigest: async (name, options) => {
    const lines = String(await dumpedSchema(cluster, name, options)).split('\n');
    const text = lines.filter((line) => !VOLATILE.test(line)).join('\n');
    return createHash('sha256').update(text).digest('hex');
  },
  /** The cluster's version and this database's row of `pg_yb_catalog_version`. A plain CREATE TABLE changes neither. */
  catalogVersion: async (name, options) => {
    const { version } = await cluster.run(ysqlCatalogVersion, {}, options);
    const own = await cluster.sql.catalogVersionOfDatabase(name, options);
    return own === undefined ? String(version) : `${version}/${own}`;
  },

  clock: async (options): Promise<Micros> => await cluster.sql.readClock(options),
  sessions: async (name, options) => {
    const connections = await cluster.sql.activeConnections(name, options);
    return connections.filter(({ application }) => application !== APPLICATION_NAME).length;
  },
  endSessions: async (name, options) => await cluster.sql.endConnections(name, options),

  createSnapshot: async (name, { retentionHours, ...options } = {}) =>
    await cluster.run(createDatabaseSnapshot, { database: name, retentionHours }, options),
  rewindsSchema: async (options) => (await cluster.capabilities(options?.signal)).rewindsYsqlSchema,
  drop: async (name, options) => {
    await cluster.sql.endConnections(name, options);
    await cluster.sql.dropDatabase(name, options);
  },
});

function readerOf(sql: Yugabyte['sql'], name: string): TableReader {
  return {
    atOnce: CONNECTIONS_THAT_COUNT,
    tables: async (options) => await sql.createdRelationsWithStorage(name, options),
    count: async (table: TableName, options) => await sql.countRows(name, table, options),
    digest: async (table: TableName, options) => await sql.fingerprintTable(name, table, options),
  };
}

const dumpedSchema = async ({ dump }: Cluster, database: string, options?: ReadOptions): Promise<Buffer> =>
  await contentMade('ysql_dump', async (file) => {
    await dump.schema({ database, file, ...options });
  });
