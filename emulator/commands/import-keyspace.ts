import type { Cluster } from '../cluster';
import { databaseNameOf } from '../cql/catalog/keyspace-name';
import { createKeyspace, keyspaceExists } from '../cql/catalog/keyspaces';
import { createTable, readTables, readTypes, writeTypes } from '../cql/catalog/tables';
import { withDatabase } from '../postgres/connect';
import type { ExportedSnapshot, ExportedTable } from '../snapshots/snapshot-file';
import type { DatabaseState } from '../state';
import { StatusError, wrongArguments } from './command';

/** The names that the tables of a file get here. */
export type NewNames = ReadonlyMap<ExportedTable, string>;

/** New names for all tables and indexes in file order, or the old ones. */
export function namesOf({ tables }: ExportedSnapshot, given: readonly string[]): NewNames {
  if (given.length > 0 && given.length < tables.length)
    throw wrongArguments(`There is no name for table (including indexes) number: ${given.length + 1}`);
  return new Map(tables.map((table, i) => [table, given[i] ?? table.name]));
}

/**
 * Creates the keyspace, its types, its tables and their indexes as in the file. Existing ones stay, and must have as
 * many tablets. A refused import leaves nothing behind.
 */
export async function importKeyspace(
  cluster: Cluster,
  exported: ExportedSnapshot,
  { keyspace, names }: { keyspace: string; names: NewNames },
): Promise<DatabaseState> {
  if (!(await keyspaceExists(cluster, keyspace))) await createKeyspace(cluster, keyspace);
  const database = databaseNameOf(keyspace);
  await withDatabase(cluster.options.postgres, database, async (client) => {
    await client.query('BEGIN');
    const types = await readTypes(client);
    for (const { definition } of exported.tables)
      for (const type of definition?.types ?? []) if (!types.has(type.name)) types.set(type.name, type);
    await writeTypes(client, database, types);
    const there = await readTables(client);
    for (const table of exported.tables) {
      const { definition } = table;
      const name = names.get(table) ?? table.name;
      if (!definition || there.has(name)) continue;
      const indexes = definition.indexes.map((index) => {
        const row = exported.tables.find((one) => one.indexedTableId === table.id && one.name === index.name);
        return { ...index, name: (row && names.get(row)) ?? index.name };
      });
      await createTable(client, name, { ...definition, indexes });
    }
    await client.query('COMMIT');
  });
  const made = await cluster.databases.named(database);
  if (!made) throw new StatusError('Internal error', 'yb/master/catalog_manager_ext.cc:1800', `${keyspace} is gone`);
  await cluster.databases.flush(made.oid);
  return cluster.state.databases.find(({ oid }) => oid === made.oid) ?? made;
}
