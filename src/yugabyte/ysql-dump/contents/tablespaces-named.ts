import { settingAt } from './names-at';
import type { Part } from './roles-named';
import type { Token } from '../scan/scan-sql';
import { skipIfNotExists, findWords, isSymbol, qualifiedNameAt, subjectOf, wordsAt } from '../scan/statement';

const BUILT_IN = new Set(['pg_default', 'pg_global']);

/** The tablespaces that a statement of a dump names, and what must be removed so that it names none. */
export function tablespacesNamed(tokens: readonly Token[]): { tablespaces: string[]; parts: Part[] } | undefined {
  const found = places(tokens).filter(({ name }) => !BUILT_IN.has(name));
  if (found.length === 0) return undefined;
  return { tablespaces: [...new Set(found.map(({ name }) => name))], parts: found.map(({ part }) => part) };
}

function places(tokens: readonly Token[]): { name: string; part: Part }[] {
  if (wordsAt(tokens, 0, 'SET', 'DEFAULT_TABLESPACE'))
    return settingAt(tokens, 2).names.map((name) => ({ name, part: 'statement' as const }));
  if (!wordsAt(tokens, 0, 'CREATE|ALTER')) return [];
  const found: { name: string; part: Part }[] = [];
  for (const { at, word } of clauses(tokens)) {
    const { names, next } = settingAt(tokens, word + 1);
    const part: Part = wordsAt(tokens, at, 'SET')
      ? 'statement'
      : { start: tokens[at]?.start ?? 0, end: tokens[next - 1]?.end ?? 0 };
    for (const name of names) found.push({ name, part });
  }
  return found;
}

/** Where `[SET | USING INDEX] TABLESPACE` is syntax rather than a column's name: `word` is TABLESPACE itself. */
function clauses(tokens: readonly Token[]): { at: number; word: number }[] {
  const found: { at: number; word: number }[] = [];
  const kind = subjectOf(tokens).split(' ')[0];
  if (wordsAt(tokens, 0, 'ALTER')) {
    const set = findWords(tokens, 2, 'SET', 'TABLESPACE');
    if (set !== -1) found.push({ at: set, word: set + 1 });
  } else if (kind === 'TABLE' || kind === 'INDEX' || kind === 'MATERIALIZED' || kind === 'DATABASE') {
    const name = tokens.findIndex((_, i) => wordsAt(tokens, i, 'TABLE|INDEX|VIEW|DATABASE'));
    const behindName = qualifiedNameAt(tokens, skipIfNotExists(tokens, name + 1))?.next ?? name + 1;
    const query = findWords(tokens, behindName, 'AS|WHERE');
    const end = query === -1 ? tokens.length : query;
    for (let word = behindName; word < end; word += 1) {
      const clause = tokens[word]?.depth === 0 && wordsAt(tokens, word, 'TABLESPACE') && isValue(tokens, word + 1);
      const isTable = isSymbol(tokens[word - 1], '.') || wordsAt(tokens, word - 1, 'ON|ONLY|OF');
      if (clause && !isTable && !wordsAt(tokens, word - 2, 'USING', 'INDEX')) found.push({ at: word, word });
    }
  }
  if (kind === 'TABLE')
    tokens.forEach((_, i) => {
      if (wordsAt(tokens, i, 'USING', 'INDEX', 'TABLESPACE')) found.push({ at: i, word: i + 2 });
    });
  return found;
}

const isValue = (tokens: readonly Token[], at: number): boolean => settingAt(tokens, at).names.length > 0;
