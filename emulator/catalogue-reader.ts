import { BOUNDS, databaseId, rawUuid, tableId } from './ids';
import { SCHEMA } from './install';
import type { EmulatorOptions } from './options';
import { withDatabase, type Query } from './sql';
import type { DatabaseState, TableState } from './state';

interface Listed {
  oid: number;
  schema: string;
  name: string;
  kind: 'r' | 'i' | 'm';
  indexed: number | null;
  columns: number;
}

/** Relations with storage of one database: tables, materialized views and indexes other than primary keys (which live in the table). */
const RELATIONS = `
  SELECT c.oid::int8::int AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, x.indrelid::int8::int AS indexed,
         (SELECT count(*)::int FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index x ON x.indexrelid = c.oid
   WHERE c.relkind IN ('r', 'i', 'm') AND c.relpersistence <> 't' AND c.oid >= 16384
     AND n.nspname NOT IN ('pg_catalog', 'information_schema', '${SCHEMA}') AND n.nspname !~ '^pg_'
     AND NOT coalesce(x.indisprimary, false)
   ORDER BY c.relkind = 'i', c.oid`;

export async function listRelations(query: Query): Promise<Listed[]> {
  return await query<Listed & Record<string, unknown>>(RELATIONS);
}

/** Databases that people can connect to. */
export async function listDatabases(options: EmulatorOptions): Promise<{ oid: number; name: string }[]> {
  return await withDatabase(
    options,
    'postgres',
    async (query) =>
      await query<{ oid: number; name: string }>(
        "SELECT oid::int8::int AS oid, datname::text AS name FROM pg_database WHERE NOT datistemplate AND datallowconn AND datname <> 'postgres' ORDER BY datname",
      ),
  );
}

/** Brings the catalogue of a database up to date: new relations get tablets, dropped ones lose them. Says which went. */
export function mergeRelations(database: DatabaseState, listed: readonly Listed[]): { gone: TableState[] } {
  const gone = database.tables.filter((table) => !listed.some(({ oid }) => oid === table.oid));
  database.tables = listed.map((relation, i) => {
    const known = database.tables.find(({ oid }) => oid === relation.oid);
    if (known) return Object.assign(known, { name: relation.name, schema: relation.schema });
    return {
      id: tableId(database.oid, relation.oid),
      oid: relation.oid,
      schema: relation.schema,
      name: relation.name,
      kind: relation.kind,
      ...(relation.indexed === null ? {} : { indexedTableId: tableId(database.oid, relation.indexed) }),
      tablets: [0, 1, 2].map((n) => ({
        id: rawUuid(),
        start: BOUNDS[n] ?? '',
        end: BOUNDS[n + 1] ?? '',
        leader: (i + n) % 3,
      })),
    };
  });
  return { gone };
}

export const newDatabase = (oid: number, name: string): DatabaseState => ({
  oid,
  id: databaseId(oid),
  name,
  flushedLsn: '0/0',
  tables: [],
});
