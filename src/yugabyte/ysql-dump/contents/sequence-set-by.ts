import { qualifiedName } from '../../ysql/tables/choose-tables';
import type { QualifiedName } from '../../ysql/session/quote';
import type { Token } from '../scan/scan-sql';

/** The sequence of `SELECT pg_catalog.setval('public.orders_id_seq', 7, true)`, as dumps write it. */
export function sequenceSetBy(tokens: readonly Token[]): QualifiedName | undefined {
  const words = tokens.slice(0, 5).map(({ kind, value }) => (kind === 'string' ? '' : value.toLowerCase()));
  if (words.join(' ') !== 'select pg_catalog . setval (') return undefined;
  const name = tokens[5];
  return name?.kind === 'string' ? qualifiedName(name.value) : undefined;
}
