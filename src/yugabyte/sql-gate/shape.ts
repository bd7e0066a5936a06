import type { Token } from '../ysql-dump/scan/scan-sql';

/** Statements of which every word matters are short; of a longer one only the beginning matches a pattern. */
const MAX_LENGTH = 10_000;

/**
 * A statement as a line for patterns: words in lower case, `@` for a quoted name, `'` for a string, `$` for a
 * dollar-quoted one, all separated by one space.
 */
export function shapeOf(tokens: readonly Token[]): string {
  const parts = tokens.slice(0, MAX_LENGTH).map(({ kind, value }) => {
    if (kind === 'word') return value.toLowerCase();
    return { identifier: '@', string: "'", dollar: '$', symbol: value }[kind];
  });
  return [...parts, ...(tokens.length > MAX_LENGTH ? ['…'] : [])].join(' ');
}

/** A string as the server reads it; undefined if that takes more than removing its quotes. */
export const plainString = (token: Token | undefined): string | undefined =>
  token?.kind === 'string' && !token.escapes ? token.value : undefined;

/** A name, quoted or not, and one with its schema. */
export const NAME = String.raw`(?:[a-z_\u0080-\uffff][\w$\u0080-\uffff]*|@)`;
export const QUALIFIED = `${NAME}(?: \\. ${NAME})?`;

const TYPE = String.raw`(?:pg_catalog \. )?(?:oid|regclass|regtype|regproc|regprocedure|regrole|name|text|integer|int4|bigint|real|float4|double precision|boolean|bool|pg_lsn|pg_ndistinct|pg_dependencies|jsonb|char|@)(?: \[ \])?`;
const CAST = `(?: : : ${TYPE})*`;
const VALUE = String.raw`(?:(?:'|[+-] \d\S*|\d\S*|true|false|null)${CAST})`;
/** A constant, whatever its content: never the name of a function or column. */
export const CONSTANT = `(?:${VALUE}|array \\[ (?:${VALUE}(?: , ${VALUE})* )?\\]${CAST})`;

/** A pattern for a whole shape; spaces in it are literal. */
export const shape = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
