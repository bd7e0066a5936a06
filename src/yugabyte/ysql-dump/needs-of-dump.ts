import { scanSql, type Statement, type Token } from './scan-sql';
import { behindIfNotExists, findWords, isName, isSymbol, nameOf, sqlOnly, wordsAt } from './statement';

export interface DumpNeeds {
  /** Roles that must exist, by name; not PUBLIC. */
  roles: string[];
  /** Tablespaces that must exist, without `pg_default` and `pg_global`. */
  tablespaces: string[];
  /** Extensions that the target must be able to install. */
  extensions: string[];
}

const NO_ROLE = new Set(['PUBLIC', 'CURRENT_USER', 'SESSION_USER', 'CURRENT_ROLE', 'NONE']);
const BUILT_IN_TABLESPACES = new Set(['pg_default', 'pg_global']);

/** What a schema dump takes for granted in the cluster it is loaded into. */
export function needsOfDump(dump: string): DumpNeeds {
  return needsOfStatements(scanSql(dump));
}

/** The same of a part of a dump. */
export function needsOfStatements(statements: readonly Statement[]): DumpNeeds {
  const roles = new Set<string>();
  const tablespaces = new Set<string>();
  const extensions = new Set<string>();
  for (const { tokens } of sqlOnly(statements)) {
    for (const role of rolesOf(tokens)) roles.add(role);
    for (const tablespace of tablespacesOf(tokens))
      if (!BUILT_IN_TABLESPACES.has(tablespace)) tablespaces.add(tablespace);
    const extension = wordsAt(tokens, 0, 'CREATE', 'EXTENSION') ? tokens[behindIfNotExists(tokens, 2)] : undefined;
    if (isName(extension)) extensions.add(nameOf(extension));
  }
  return { roles: [...roles].sort(), tablespaces: [...tablespaces].sort(), extensions: [...extensions].sort() };
}

function rolesOf(tokens: Token[]): string[] {
  if (wordsAt(tokens, 0, 'ALTER', 'DEFAULT', 'PRIVILEGES'))
    return [
      ...listBehind(tokens, 3, 'FOR', 'ROLE|USER'),
      ...listBehind(tokens, 3, 'TO'),
      ...listBehind(tokens, 3, 'FROM'),
    ];
  if (wordsAt(tokens, 0, 'ALTER', 'ROLE|USER')) return namesAt(tokens, 2);
  if (wordsAt(tokens, 0, 'ALTER')) return listBehind(tokens, 1, 'OWNER', 'TO');
  if (wordsAt(tokens, 0, 'GRANT')) return [...listBehind(tokens, 1, 'TO'), ...listBehind(tokens, 1, 'GRANTED', 'BY')];
  if (wordsAt(tokens, 0, 'REVOKE'))
    return [...listBehind(tokens, 1, 'FROM'), ...listBehind(tokens, 1, 'GRANTED', 'BY')];
  if (wordsAt(tokens, 0, 'SET', 'SESSION', 'AUTHORIZATION'))
    return tokens[3]?.kind === 'string' ? [tokens[3].value] : namesAt(tokens, 3);
  if (wordsAt(tokens, 0, 'CREATE', 'POLICY')) return listBehind(tokens, 2, 'TO');
  if (wordsAt(tokens, 0, 'CREATE', 'SCHEMA')) return listBehind(tokens, 2, 'AUTHORIZATION');
  if (wordsAt(tokens, 0, 'CREATE', 'USER', 'MAPPING')) return listBehind(tokens, 3, 'FOR');
  if (wordsAt(tokens, 0, 'CREATE', 'DATABASE')) return settingOf(tokens, 'OWNER');
  return [];
}

function tablespacesOf(tokens: Token[]): string[] {
  if (wordsAt(tokens, 0, 'SET', 'default_tablespace'.toUpperCase())) {
    const value = tokens[3];
    return value === undefined || value.value === '' || wordsAt(tokens, 3, 'DEFAULT') ? [] : [nameOf(value)];
  }
  return wordsAt(tokens, 0, 'CREATE|ALTER') && !wordsAt(tokens, 1, 'TABLESPACE') ? settingOf(tokens, 'TABLESPACE') : [];
}

/** `<WORD> [=] <name>` outside of brackets. */
function settingOf(tokens: Token[], word: string): string[] {
  const at = findWords(tokens, 2, word);
  if (at === -1) return [];
  return namesAt(tokens, isSymbol(tokens[at + 1], '=') ? at + 2 : at + 1).slice(0, 1);
}

function listBehind(tokens: Token[], from: number, ...words: string[]): string[] {
  const at = findWords(tokens, from, ...words);
  return at === -1 ? [] : namesAt(tokens, at + words.length);
}

/** `a, "b", GROUP c`, as far as it goes. */
function namesAt(tokens: Token[], at: number): string[] {
  const found: string[] = [];
  for (let i = at; ; i += 2) {
    if (wordsAt(tokens, i, 'GROUP')) i += 1;
    const token = tokens[i];
    if (!isName(token)) break;
    if (!(token.kind === 'word' && NO_ROLE.has(token.value.toUpperCase()))) found.push(nameOf(token));
    if (!isSymbol(tokens[i + 1], ',')) break;
  }
  return found;
}
