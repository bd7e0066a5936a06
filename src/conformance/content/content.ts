import { createHash } from 'node:crypto';
import { quoteIdentifier, type SqlConnection } from '../../yugabyte';

/** Rows and definitions of a database, keyed by name; two databases with equal records are equal. */
export type Content = Record<string, string>;

/**
 * Only the schemas that the wide schema creates: nothing that belongs to the cluster, to extensions or to other tools.
 */
const OURS = "n.nspname IN ('public', 'sales')";

/** Definitions, without rows. They are read with the catalog's own functions, not with those that the product uses. */
const DEFINITIONS: Readonly<Record<string, string>> = {
  relation: `SELECT format('%I.%I', n.nspname, c.relname) AS name, concat_ws(' ', c.relkind, c.relpersistence, c.relispartition, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), c.relrowsecurity) AS value
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c', 'f')`,
  column: `SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name, concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid), col.collname) AS value
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum LEFT JOIN pg_collation col ON col.oid = a.attcollation
    WHERE ${OURS} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm')`,
  constraint: `SELECT format('%I.%I', n.nspname, k.conname) AS name, concat_ws(' ', k.conrelid::regclass, pg_get_constraintdef(k.oid), k.convalidated) AS value
    FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE ${OURS}`,
  index: `SELECT format('%I.%I', n.nspname, c.relname) AS name, concat_ws(' ', pg_get_indexdef(c.oid), CASE WHEN i.indisvalid THEN 'valid' ELSE 'INVALID' END) AS value
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}`,
  view: `SELECT format('%I.%I', n.nspname, c.relname) AS name, pg_get_viewdef(c.oid) AS value FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS} AND c.relkind IN ('v', 'm')`,
  function: `SELECT format('%I.%I', n.nspname, p.proname) AS name, p.prosrc AS value FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE ${OURS} AND NOT EXISTS (SELECT 1 FROM pg_depend x WHERE x.objid = p.oid AND x.deptype = 'e')`,
  trigger: `SELECT format('%I on %s', t.tgname, t.tgrelid::regclass) AS name, pg_get_triggerdef(t.oid) AS value FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS} AND NOT t.tgisinternal`,
  policy: `SELECT format('%I on %s', p.polname, p.polrelid::regclass) AS name, concat_ws(' ', p.polcmd, pg_get_expr(p.polqual, p.polrelid)) AS value FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}`,
  type: `SELECT format('%I.%I', n.nspname, t.typname) AS name, concat_ws(' ', t.typtype, format_type(t.typbasetype, t.typtypmod), (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)) AS value
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ${OURS} AND t.typtype IN ('e', 'd', 'c', 'r') AND t.typrelid = 0`,
  comment: `SELECT format('%I.%I.%s', n.nspname, c.relname, d.objsubid) AS name, d.description AS value FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}`,
  extension: `SELECT extname AS name, extversion AS value FROM pg_extension`,
};

const TABLES = `SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS} AND c.relkind IN ('r', 'm', 'S') ORDER BY 1, 2`;

/**
 * Reads an entire database: definitions, sequence values, and for each table its number of rows and a digest over all
 * of them, duplicates included. None of these statements is one that the workflows use to compare, so the check is
 * independent.
 */
export async function contentOf(sql: SqlConnection, database: string): Promise<Content> {
  return await sql.use(database, 'read the whole content', async (query) => {
    await query('SET search_path = public');
    await query("SET timezone = 'UTC'");
    await query('SET extra_float_digits = 3');
    await query("SET bytea_output = 'hex'");
    await query("SET intervalstyle = 'postgres'");
    const content: Content = {};
    for (const [what, text] of Object.entries(DEFINITIONS))
      for (const { name, value } of await query<{ name: string; value: string | null }>(text))
        content[`${what} ${name}`] = (value ?? '').replaceAll(database, '<this database>');
    for (const { schema, name, kind } of await query<{ schema: string; name: string; kind: string }>(TABLES)) {
      const table = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
      if (kind === 'S') {
        const [row] = await query<{ value: string }>(
          `SELECT concat_ws(' ', last_value, is_called) AS value FROM ${table}`,
        );
        content[`value of ${table}`] = row?.value ?? '';
        continue;
      }
      const rows = await query<{ line: string }>(`SELECT t::text AS line FROM ${table} t`);
      content[`rows of ${table}`] = digestOf(rows.map(({ line }) => line));
    }
    return content;
  });
}

/** The number of lines, and a digest that does not depend on their order. */
export function digestOf(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of [...lines].sort()) hash.update(line).update('\n');
  return `${lines.length} rows, sha256 ${hash.digest('hex')}`;
}

/**
 * The differences, one line each; empty if both are the same. `sequencesGoOn`: a database that was put back in place,
 * or cloned, may have handed out more sequence values since then, but never fewer.
 */
export function differences(expected: Content, found: Content, { sequencesGoOn = false } = {}): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  return names.flatMap((name) => {
    const [was, is] = [expected[name], found[name]];
    if (was === is) return [];
    if (
      sequencesGoOn &&
      name.startsWith('value of ') &&
      Number.parseInt(is ?? '', 10) >= Number.parseInt(was ?? '', 10)
    )
      return [];
    if (is === undefined) return [`${name} is missing`];
    if (was === undefined) return [`${name} is there and should not be`];
    return [`${name}: expected ${shortened(was)}, found ${shortened(is)}`];
  });
}

const shortened = (text: string): string => (text.length > 160 ? `${text.slice(0, 160)}…` : text);

/** How many tables and rows a comparison covered, as text. */
export function sizeOf(content: Content): string {
  const tables = Object.entries(content).filter(([name]) => name.startsWith('rows of '));
  const rows = tables.reduce((sum, [, value]) => sum + Number.parseInt(value, 10), 0);
  return `${tables.length} tables, ${rows} rows, ${Object.keys(content).length - tables.length} definitions and values`;
}
