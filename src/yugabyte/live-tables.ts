import { tablesOf, type Entities } from './http/dump-entities';
import { listTables } from './yb-admin/list-tables';
import type { Yugabyte } from './yugabyte';

/**
 * Tables and indexes of a database that exist for clients. The masters' own catalog also lists dropped tables as long
 * as a snapshot or a snapshot schedule keeps them: hidden, and RUNNING there like any other (#10226, #21631). yb-admin
 * lists what clients see.
 */
export async function liveTables(
  yugabyte: Yugabyte,
  entities: Entities,
  database: string,
  signal?: AbortSignal,
): Promise<Entities['tables']> {
  return tablesOf(await withoutHidden(yugabyte, entities, signal), database);
}

/** The same of every database. */
export async function withoutHidden(yugabyte: Yugabyte, entities: Entities, signal?: AbortSignal): Promise<Entities> {
  const listed = new Set((await yugabyte.run(listTables, {}, signal ? { signal } : {})).map(({ id }) => id));
  return { ...entities, tables: entities.tables.filter(({ id }) => listed.has(id)) };
}
