import type { QualifiedName } from '../../ysql/session/quote';
import { scanSql } from '../scan/scan-sql';
import { behindIfNotExists, findWords, qualifiedNameAt, sqlOnly, wordsAt } from '../scan/statement';

/**
 * Sequences that a schema dump creates: by themselves, or with an identity column
 * (`… AS IDENTITY ( SEQUENCE NAME s.t_id_seq …`).
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
        ? behindIfNotExists(tokens, at + 1)
        : wordsAt(tokens, 0, 'ALTER', 'TABLE') && identity() !== -1
          ? identity() + 2
          : -1;
    const name = start === -1 ? undefined : qualifiedNameAt(tokens, start);
    return name ? [{ schema: name.schema, name: name.name }] : [];
  });
}
