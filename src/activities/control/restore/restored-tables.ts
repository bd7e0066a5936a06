import type { Api } from '../../../contract';
import type { SqlOptions, Ysql, Yugabyte } from '../../../yugabyte';
import { CONNECTIONS_THAT_COUNT } from '../fingerprint/count-tables';
import { keyspaceTables } from '../run/keyspace-tables';

interface Relation {
  schema: string;
  name: string;
}

/** What of a restored database or keyspace can be held against the backup. */
export interface RestoredTables {
  /** Tables, views with rows and indexes. */
  list(): Promise<Relation[]>;
  count(relation: Relation): Promise<number>;
  fingerprint(relation: Relation): Promise<{ rows: number; digest: string }>;
  /** How many may be counted at once. */
  atOnce: number;
  warnings(): Promise<string[]>;
}

/** While `work` looks at them, connections are kept from one table to the next. `name`: the bare one. */
export async function withRestoredTables<T>(
  yugabyte: Yugabyte,
  { api, name, options }: { api: Api; name: string; options: SqlOptions },
  work: (restored: RestoredTables) => Promise<T>,
): Promise<T> {
  return await yugabyte.sql.keeping(async (sql) => await work(restoredTables(yugabyte, sql, { api, name, options })));
}

function restoredTables(
  yugabyte: Yugabyte,
  sql: Ysql,
  { api, name, options }: { api: Api; name: string; options: SqlOptions },
): RestoredTables {
  const { cql } = yugabyte;
  if (api === 'ycql')
    return {
      list: async () =>
        ((await keyspaceTables(yugabyte, name, options.signal)) ?? []).map((table) => ({
          schema: '',
          name: table.name,
        })),
      count: async (table) => await cql.countRows(name, table.name, options),
      fingerprint: async (table) => await cql.fingerprintTable({ keyspace: name, table: table.name, ...options }),
      atOnce: 1, // a process each
      warnings: () => Promise.resolve([]),
    };
  return {
    list: async () => await sql.createdRelationsWithStorage(name),
    count: async (relation) => await sql.countRows(name, relation, options),
    fingerprint: async (relation) => await sql.fingerprintTable(name, relation, options),
    atOnce: CONNECTIONS_THAT_COUNT,
    warnings: async () => {
      const invalid = await sql.invalidIndexes(name);
      return invalid.length === 0
        ? []
        : [
            `Invalid indexes, to be dropped and made again: ${invalid.map((index) => `${index.schema}.${index.name}`).join(', ')}.`,
          ];
    },
  };
}
