import type { QualifiedName } from '../../ysql/session/quote';
import { scanSql, type Token } from '../scan/scan-sql';
import { skipIfNotExists, findWords, qualifiedNameAt, sqlOnly, wordsAt } from '../scan/statement';
import { qualifiedName } from '../../ysql/tables/choose-tables';

/**
 * Sequences that a schema dump creates: on their own, or with an identity column (`… AS IDENTITY ( SEQUENCE NAME
 * s.t_id_seq …`).
 */
export function sequencesOfDump(dump: string): QualifiedName[] {
  return sqlOnly(scanSql(dump)).flatMap(({ tokens }) => {
    const at = wordsAt(tokens, 1, 'UNLOGGED') ? 2 : 1;
    const identity = (): number =>
      findWords(tokens, 2, 'AS', 'IDENTITY') === -1
        ? -1
        : tokens.findIndex((_, i) => wordsAt(tokens, i, 'SEQUENCE', 'NAME'));
    const start =
      wordsAt(tokens, 0, 'CREATE') && wordsAt(tokens, at, 'SEQUENCE')
        ? skipIfNotExists(tokens, at + 1)
        : wordsAt(tokens, 0, 'ALTER', 'TABLE') && identity() !== -1
          ? identity() + 2
          : -1;
    const name = start === -1 ? undefined : qualifiedNameAt(tokens, start);
    return name ? [{ schema: name.schema, name: name.name }] : [];
  });
}

/** The sequence of `SELECT pg_catalog.setval('public.orders_id_seq', 7, true)`, as dumps write it. */
export function sequenceSetBy(tokens: readonly Token[]): QualifiedName | undefined {
  const words = tokens.slice(0, 5).map(({ kind, value }) => (kind === 'string' ? '' : value.toLowerCase()));
  if (words.join(' ') !== 'select pg_catalog . setval (') return undefined;
  const name = tokens[5];
  return name?.kind === 'string' ? qualifiedName(name.value) : undefined;
}
