import { ysqlCatalogVersion, type Yugabyte } from '../../yugabyte';

/**
 * The cluster's `ysql_catalog_version` and this database's row of `pg_yb_catalog_version` together: equal before and
 * after means no DDL in between (a plain CREATE TABLE moves neither; the relations are compared too).
 */
export async function catalogVersion(yugabyte: Yugabyte, database: string, signal: AbortSignal): Promise<string> {
  const { version } = await yugabyte.run(ysqlCatalogVersion, {}, { signal });
  const own = await yugabyte.sql.catalogVersionOfDatabase(database);
  return own === undefined ? String(version) : `${version}/${own}`;
}
