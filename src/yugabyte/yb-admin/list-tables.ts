import { UnexpectedOutput } from '../errors';
import type { Command } from './command';

export type TableType = 'catalog' | 'table' | 'index' | 'matview' | 'parent_table' | 'other';

export interface ListedTable {
  api: 'ysql' | 'ycql' | 'yedis';
  /** Database or keyspace and table as printed, `orders.t1`: both may contain dots, so they are not split. */
  qualifiedName: string;
  /** Only printed by newer versions. */
  schema?: string;
  id: string;
  type: TableType;
}

/**
 * `[<api>.]<namespace>.<table>[ [ysql_schema=<schema>]][ [<id>]] <id> <type>`; the id in brackets only in newer
 * releases. Names may contain dots, spaces, brackets and line ends (all are printed as they are), so an entry ends
 * where a line ends with an id and a type.
 */
const TYPES: readonly TableType[] = ['catalog', 'table', 'index', 'matview', 'parent_table', 'other'];
/**
 * The id of a table, of the parent of a colocated group (`….colocation.parent.uuid`), or of the masters' own catalog
 * (`sys.catalog.uuid`).
 */
const TABLE_ID = /^(?:[0-9a-f]{32}|\S+\.uuid)$/;
const SCHEMA = ' [ysql_schema=';

/** Every table of the cluster, system tables included. */
export const listTables: Command<Record<string, never>, ListedTable[]> = {
  name: 'list_tables',
  mutates: false,
  lists: true,
  argv: () => ['list_tables', 'include_db_type', 'include_table_id', 'include_table_type'],
  parse(stdout) {
    const tables: ListedTable[] = [];
    const name: string[] = [];
    for (const line of stdout.split('\n')) {
      const tail = tailOf(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (tail) tables.push(tableOf([...name.splice(0), tail.front].join('\n'), tail.id, tail.type));
      else name.push(line);
    }
    const rest = name.join('\n');
    if (rest.trim() !== '') throw new UnexpectedOutput('table with its id and type', rest, 'yb-admin list_tables');
    return tables;
  },
};

/** The end of a line that ends an entry. */
function tailOf(line: string): { front: string; id: string; type: TableType } | undefined {
  const last = line.lastIndexOf(' ');
  const before = last < 1 ? -1 : line.lastIndexOf(' ', last - 1);
  const type = TYPES.find((word) => word === line.slice(last + 1));
  const id = line.slice(before + 1, last);
  return before < 0 || type === undefined || !TABLE_ID.test(id)
    ? undefined
    : { front: line.slice(0, before), id, type };
}

function tableOf(printed: string, id: string, type: TableType): ListedTable {
  const [prefix, api] = /^(ysql|ycql|yedis)\./.exec(printed) ?? [''];
  const again = ` [${id}]`;
  const named = printed.slice(prefix.length, printed.endsWith(again) ? -again.length : undefined);
  const schema = named.endsWith(']') ? named.lastIndexOf(SCHEMA) : -1;
  return {
    api: (api ?? 'ycql') as ListedTable['api'],
    qualifiedName: schema < 0 ? named : named.slice(0, schema),
    ...(schema < 0 ? {} : { schema: named.slice(schema + SCHEMA.length, -1) }),
    id,
    type,
  };
}
