import type { Api } from '../../contract';
import type { Yugabyte } from '../../yugabyte';
import { keyspaceTables } from './keyspace-tables';

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
  warnings(): Promise<string[]>;
}

/** `name`: the bare one. */
export function restoredTables(yugabyte: Yugabyte, api: Api, name: string): RestoredTables {
  const { sql, cql } = yugabyte;
  if (api === 'ycql')
    return {
      list: async () =>
        ((await keyspaceTables(yugabyte, name)) ?? []).map((table) => ({ schema: '', name: table.name })),
      count: async (table) => await cql.countRows(name, table.name),
      fingerprint: async (table) => await cql.fingerprintTable({ keyspace: name, table: table.name }),
      warnings: () => Promise.resolve([]),
    };
  return {
    list: async () => await sql.createdRelationsWithStorage(name),
    count: async (relation) => await sql.countRows(name, relation),
    fingerprint: async (relation) => await sql.fingerprintTable(name, relation),
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
