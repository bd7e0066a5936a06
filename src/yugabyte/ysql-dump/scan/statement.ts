import type { Statement, Token } from './scan-sql';

/** An unquoted identifier folds to lower case; a quoted one is unchanged. */
export function nameOf(token: Token): string {
  return token.kind === 'word' ? token.value.toLowerCase() : token.value;
}

export function isName(token: Token | undefined): token is Token {
  return token !== undefined && (token.kind === 'identifier' || (token.kind === 'word' && !/^[0-9]/.test(token.value)));
}

/** Whether these unquoted words are at this position, in upper or lower case; `|` separates alternatives. */
export function wordsAt(tokens: readonly Token[], at: number, ...words: string[]): boolean {
  return words.every((word, i) => {
    const token = tokens[at + i];
    return token?.kind === 'word' && word.split('|').includes(token.value.toUpperCase());
  });
}

/** First position after `from` of these words outside of brackets, or -1. */
export function findWords(tokens: readonly Token[], from: number, ...words: string[]): number {
  for (let i = from; i < tokens.length; i++) if (tokens[i]?.depth === 0 && wordsAt(tokens, i, ...words)) return i;
  return -1;
}

/**
 * `name` or `schema.name` at a position, and the position after it; dumps qualify every name, `public` is assumed
 * otherwise.
 */
export function qualifiedNameAt(
  tokens: readonly Token[],
  at: number,
): { schema: string; name: string; qualified: boolean; next: number } | undefined {
  const first = tokens[at];
  if (!isName(first)) return undefined;
  const [dot, second] = [tokens[at + 1], tokens[at + 2]];
  if (dot?.kind === 'symbol' && dot.value === '.' && isName(second))
    return { schema: nameOf(first), name: nameOf(second), qualified: true, next: at + 3 };
  return { schema: 'public', name: nameOf(first), qualified: false, next: at + 1 };
}

export function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.value === symbol;
}

/** Skips `IF NOT EXISTS`. */
export function skipIfNotExists(tokens: readonly Token[], at: number): number {
  return wordsAt(tokens, at, 'IF', 'NOT', 'EXISTS') ? at + 3 : at;
}

export function sqlOnly(statements: readonly Statement[]): Statement[] {
  return statements.filter(({ kind }) => kind === 'sql');
}

const MODIFIERS = 'OR|REPLACE|UNIQUE|UNLOGGED|RECURSIVE|CONSTRAINT|EVENT|DEFAULT|FOREIGN|USER';
const BEFORE_NAME = 'IF|NOT|EXISTS|ONLY|CONCURRENTLY|NONCONCURRENTLY';

/** What a CREATE or ALTER applies to, for messages: `VIEW public.v`, `POLICY p ON public.t`. */
export function subjectOf(tokens: readonly Token[]): string {
  const behind = (at: number, words: string): number => (wordsAt(tokens, at, words) ? behind(at + 1, words) : at);
  const start = behind(1, MODIFIERS);
  const words = wordsAt(tokens, start, 'MATERIALIZED', 'VIEW') ? 2 : 1;
  const kind = tokens
    .slice(start, start + words)
    .map(({ value }) => value.toUpperCase())
    .join(' ');
  const name = qualifiedNameAt(tokens, behind(start + words, BEFORE_NAME));
  if (!name) return kind;
  const on = wordsAt(tokens, name.next, 'ON') ? qualifiedNameAt(tokens, behind(name.next + 1, BEFORE_NAME)) : undefined;
  return on
    ? `${kind} ${name.name} ON ${on.schema}.${on.name}`
    : `${kind} ${name.qualified ? `${name.schema}.` : ''}${name.name}`;
}
