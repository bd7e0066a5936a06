import { quoteIdentifier } from '../../ysql/session/quote';
import type { Token } from '../scan/scan-sql';
import { findWords, isName, isSymbol, nameOf, qualifiedNameAt, wordsAt } from '../scan/statement';

/** The position of the database's name in a statement that is known to name one. */
export function placeOfName(tokens: readonly Token[]): number | undefined {
  if (wordsAt(tokens, 0, 'CREATE|ALTER', 'DATABASE')) return 2;
  if (wordsAt(tokens, 0, 'COMMENT', 'ON', 'DATABASE')) return 3;
  const afterTwo = (at: number): number | undefined => (at === -1 ? undefined : at + 2);
  if (wordsAt(tokens, 0, 'GRANT|REVOKE')) return afterTwo(findWords(tokens, 1, 'ON', 'DATABASE'));
  if (wordsAt(tokens, 0, 'SECURITY', 'LABEL')) return afterTwo(findWords(tokens, 2, 'ON', 'DATABASE'));
  if (wordsAt(tokens, 0, 'ALTER', 'ROLE|USER')) return afterTwo(findWords(tokens, 2, 'IN', 'DATABASE'));
  return undefined;
}

const CATALOGS = new Set(['pg_database', 'pg_db_role_setting', 'pg_shdescription', 'pg_shseclabel']);

/**
 * The name as a value in a statement that changes the catalog: its position in `… WHERE datname = '<name>'`, or
 * `unclear` in any other form. A user's own table of that name does not count, nor does anything that only reads the
 * catalog (a view).
 */
export function catalogRow(tokens: readonly Token[], name: string): Token | 'unclear' | undefined {
  const target = wordsAt(tokens, 0, 'UPDATE')
    ? 1
    : wordsAt(tokens, 0, 'DELETE', 'FROM') || wordsAt(tokens, 0, 'INSERT', 'INTO')
      ? 2
      : undefined;
  if (target === undefined) return undefined;
  const table = qualifiedNameAt(tokens, wordsAt(tokens, target, 'ONLY') ? target + 1 : target);
  if (!table || !CATALOGS.has(table.name)) return undefined;
  if (table.qualified && table.schema !== 'pg_catalog') return undefined;
  const places = tokens.flatMap((token, i) => (token.kind === 'string' && token.value === name ? [i] : []));
  const [place] = places;
  if (place === undefined) return undefined;
  const inWhere = wordsAt(tokens, place - 2, 'DATNAME') && isSymbol(tokens[place - 1], '=');
  return places.length === 1 && inWhere && !wordsAt(tokens, 0, 'INSERT') ? (tokens[place] ?? 'unclear') : 'unclear';
}

/**
 * `DROP DATABASE <name>`, `… ON DATABASE <name>` and similar, or a block of code that names it so and runs when the
 * dump is loaded.
 */
export function namesElsewhere(tokens: readonly Token[], name: string): boolean {
  const asWords = tokens.some((token, i) => {
    const next = tokens[i + 1];
    return (
      token.depth === 0 &&
      wordsAt(tokens, i, 'DATABASE') &&
      (i === 1 || wordsAt(tokens, i - 1, 'ON|IN')) &&
      isName(next) &&
      nameOf(next) === name &&
      !isSymbol(tokens[i + 2], '.')
    );
  });
  const inBlock =
    wordsAt(tokens, 0, 'DO') &&
    tokens.some(
      ({ kind, value }) =>
        (kind === 'dollar' || kind === 'string') &&
        (mentionsDatabase(value, name) || (/\bdatname\b/i.test(value) && value.includes(literal(name)))),
    );
  return asWords || inBlock;
}

function mentionsDatabase(body: string, name: string): boolean {
  const forms = [name, quoteIdentifier(name)].map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`\\bDATABASE\\s+(?:${forms.join('|')})(?![\\w$])`, 'i').test(body);
}

/** Whether a definition contains the name as a constant: it may or may not mean the database, so it is not changed. */
export function containsAsConstant(tokens: readonly Token[], name: string): boolean {
  return (
    wordsAt(tokens, 0, 'CREATE|ALTER') &&
    tokens.some(
      ({ kind, value }) =>
        (kind === 'string' && value === name) || (kind === 'dollar' && value.includes(literal(name))),
    )
  );
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
