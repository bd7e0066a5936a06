import { UnexpectedOutput } from '../errors';
import type { Command } from './command';

export type TableType = 'catalog' | 'table' | 'index' | 'matview' | 'parent_table' | 'other';

export interface ListedTable {
  api: 'ysql' | 'ycql' | 'yedis';
  /** Database or keyspace and table as printed, `orders.t1`: both may hold dots, so they are not taken apart. */
  qualifiedName: string;
  /** Only printed by newer versions. */
  schema?: string;
  id: string;
  type: TableType;
}

/**
 * `[<api>.]<namespace>.<table>[ [ysql_schema=<schema>]] <id> <type>`; names may hold dots, spaces and line ends (all are
 * printed as they are), so an entry ends where a line ends in an id and a type.
 */
const ENTRY =
  /(?:(ysql|ycql|yedis)\.)?([^]*?)(?: \[ysql_schema=([^]*?)\])? ([0-9a-f]{32}|\S+\.parent\.uuid) (catalog|table|index|matview|parent_table|other)(?:\r?\n|$)/y;

/** Every table of the cluster, system tables included. */
export const listTables: Command<Record<string, never>, ListedTable[]> = {
  name: 'list_tables',
  mutates: false,
  lists: true,
  argv: () => ['list_tables', 'include_db_type', 'include_table_id', 'include_table_type'],
  parse(stdout) {
    const tables: ListedTable[] = [];
    const entry = new RegExp(ENTRY);
    while (stdout.slice(entry.lastIndex).trim() !== '') {
      const from = entry.lastIndex;
      const [, api, qualifiedName = '', schema, id = '', type] = entry.exec(stdout) ?? [];
      if (type === undefined)
        throw new UnexpectedOutput('table with its id and type', stdout.slice(from), 'yb-admin list_tables');
      tables.push({
        api: (api ?? 'ycql') as ListedTable['api'],
        qualifiedName,
        ...(schema === undefined ? {} : { schema }),
        id,
        type: type as TableType,
      });
    }
    return tables;
  },
};
