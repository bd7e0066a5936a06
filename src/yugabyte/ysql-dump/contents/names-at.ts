import type { Token } from '../scan/scan-sql';
import { findWords, isName, isSymbol, nameOf, wordsAt } from '../scan/statement';

/** Names listed at a position of a statement, and the token after them. */
export interface NamesAt {
  names: string[];
  next: number;
}

/** Words that may take the place of a role without being one; a role of such a name is quoted. */
const NO_ROLE = new Set(['PUBLIC', 'CURRENT_USER', 'SESSION_USER', 'CURRENT_ROLE', 'USER', 'NONE', 'ALL', 'DEFAULT']);

/** `a, "b", GROUP c`, up to the end of the list, without PUBLIC and similar words. */
export function namesAt(tokens: readonly Token[], at: number): NamesAt {
  const names: string[] = [];
  for (let i = at; ; i += 1) {
    if (wordsAt(tokens, i, 'GROUP')) i += 1;
    const token = tokens[i];
    if (!isName(token)) return { names, next: i };
    if (!(token.kind === 'word' && NO_ROLE.has(token.value.toUpperCase()))) names.push(nameOf(token));
    i += 1;
    if (!isSymbol(tokens[i], ',')) return { names, next: i };
  }
}

/** The names after words that are outside of brackets. */
export function namesAfter(tokens: readonly Token[], from: number, ...words: string[]): string[] {
  const at = findWords(tokens, from, ...words);
  return at === -1 ? [] : namesAt(tokens, at + words.length).names;
}

/** A name or a string in the place of a value: `x`, `"x"`, `'x'`; words that denote no name give none. */
export function valueAt(tokens: readonly Token[], at: number): NamesAt {
  const token = tokens[at];
  if (token?.kind === 'string') return { names: token.value === '' ? [] : [token.value], next: at + 1 };
  return isName(token) ? { names: namesAt([token], 0).names, next: at + 1 } : { names: [], next: at };
}

/** `[=|TO] <value>` */
export function settingAt(tokens: readonly Token[], at: number): NamesAt {
  return valueAt(tokens, isSymbol(tokens[at], '=') || wordsAt(tokens, at, 'TO') ? at + 1 : at);
}
