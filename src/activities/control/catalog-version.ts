import { apiOf, bareName } from '../../contract';
import { ysqlCatalogVersion, type Yugabyte } from '../../yugabyte';

const NONE = '0';

/**
 * The cluster's `ysql_catalog_version` and this database's row of `pg_yb_catalog_version` together: equal before and
 * after means no DDL in between (a plain CREATE TABLE moves neither; the relations are compared too). A keyspace has none and needs
 * none: its snapshot brings its own definitions.
 */
export async function catalogVersion(yugabyte: Yugabyte, database: string, signal: AbortSignal): Promise<string> {
  if (apiOf(database) === 'ycql') return NONE;
  const { version } = await yugabyte.run(ysqlCatalogVersion, {}, { signal });
  const own = await yugabyte.sql.catalogVersionOfDatabase(bareName(database));
  return own === undefined ? String(version) : `${version}/${own}`;
}
