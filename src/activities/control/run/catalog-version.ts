import { apiOf, bareName } from '../../../contract';
import { ysqlCatalogVersion, type Yugabyte } from '../../../yugabyte';
import { schemaDigest } from './schema-digest';

/**
 * The cluster's `ysql_catalog_version` and this database's row of `pg_yb_catalog_version` together: equal before and
 * after means no DDL in between (a plain CREATE TABLE moves neither; the relations are compared too). A keyspace has no
 * version: the digest of its schema stands for it.
 */
export async function catalogVersion(yugabyte: Yugabyte, database: string, signal: AbortSignal): Promise<string> {
  if (apiOf(database) === 'ycql') return (await schemaDigest(yugabyte, database, signal)).slice(0, 16);
  const { version } = await yugabyte.run(ysqlCatalogVersion, {}, { signal });
  const own = await yugabyte.sql.catalogVersionOfDatabase(bareName(database));
  return own === undefined ? String(version) : `${version}/${own}`;
}
