import type { Command } from './command';
import { required } from './read-output';

/**
 * The cluster's YSQL catalog version: most DDL in any database increments it, a plain CREATE TABLE does not. Decimal
 * text.
 */
export const ysqlCatalogVersion: Command<Record<string, never>, { version: string }> = {
  name: 'ysql_catalog_version',
  mutates: false,
  argv: () => ['ysql_catalog_version'],
  parse: (stdout) => ({ version: required(/Version:\s*(\d+)/, stdout, 'catalog version') }),
};
