import { UnexpectedOutput } from '../errors';
import type { Command } from './command';
import { linesOf } from './read-output';

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

/** `[<api>.]<namespace>.<table>[ [ysql_schema=<schema>]] <id> <type>`; names may hold dots and spaces, so read from the right. */
const LINE =
  /^(?:(ysql|ycql|yedis)\.)?(.*?)(?: \[ysql_schema=(.*)\])? ([0-9a-f]{32}|\S+\.parent\.uuid) (catalog|table|index|matview|parent_table|other)$/;

/** Every table of the cluster, system tables included. */
export const listTables: Command<Record<string, never>, ListedTable[]> = {
  name: 'list_tables',
  mutates: false,
  argv: () => ['list_tables', 'include_db_type', 'include_table_id', 'include_table_type'],
  parse: (stdout) =>
    linesOf(stdout).map((line) => {
      const [, api, qualifiedName = '', schema, id = '', type] = LINE.exec(line) ?? [];
      if (type === undefined) throw new UnexpectedOutput('table with its id and type', line, 'yb-admin list_tables');
      return {
        api: (api ?? 'ycql') as ListedTable['api'],
        qualifiedName,
        ...(schema === undefined ? {} : { schema }),
        id,
        type: type as TableType,
      };
    }),
};
