import type { Api, DatabaseApi } from './database-api';
import { ycqlApi } from './ycql/ycql-api';
import { ysqlApi } from './ysql/ysql-api';
import type { Yugabyte } from './yugabyte';

const LANGUAGES: Readonly<Record<Api, (cluster: Yugabyte) => DatabaseApi>> = { ysql: ysqlApi, ycql: ycqlApi };

/** The API for the language of a database, `ysql.orders`; or for a language, `ysql`. */
export function databaseApi(cluster: Yugabyte, database: string): DatabaseApi {
  const [language = ''] = database.split('.', 1);
  if (!Object.hasOwn(LANGUAGES, language)) throw new RangeError(`${database} names no language, ysql or ycql`);
  return LANGUAGES[language as Api](cluster);
}
