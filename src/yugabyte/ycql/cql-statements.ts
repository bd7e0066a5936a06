/** A statement of a schema text. */
export interface CqlStatement {
  text: string;
  /** First and last line, from 1. */
  from: number;
  to: number;
}

interface Token {
  kind: 'name' | 'sign' | 'space' | 'other';
  text: string;
}

// An unterminated comment is one token, up to the end of the text: searching for its end at each of its words would
// take quadratic time.
const TOKENS =
  /(?<space>\s+|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<other>'[^']*(?:''[^']*)*'|\$\$[\s\S]*?\$\$|\d[\w.]*)|(?<name>"(?:[^"]|"")*"|[A-Za-z_]\w*)|(?<sign>\/\*[\s\S]*|[\s\S])/g;

export function* tokensOf(text: string): Generator<Token> {
  for (const { 0: found, groups = {} } of text.matchAll(TOKENS)) {
    const kind = (['space', 'other', 'name'] as const).find((one) => groups[one] !== undefined) ?? 'sign';
    yield { kind, text: found };
  }
}

const lineBreaks = (text: string): number => text.split('\n').length - 1;

/** Splits at semicolons outside of strings and comments. */
export function cqlStatements(text: string): CqlStatement[] {
  const statements: CqlStatement[] = [];
  let current = '';
  let line = 1;
  let from = 1;
  const add = (): void => {
    const trimmed = current.trim();
    if (trimmed !== '' && trimmed !== ';') statements.push({ text: trimmed, from, to: line });
    current = '';
  };
  for (const token of tokensOf(text)) {
    if (current === '' && token.kind === 'space') {
      line += lineBreaks(token.text);
      continue;
    }
    if (current === '') from = line;
    current += token.text;
    line += lineBreaks(token.text);
    if (token.kind === 'sign' && token.text === ';') add();
  }
  add();
  return statements;
}

/** The name that a CQL word denotes: lower case unless quoted. */
export const nameOf = (word: string): string =>
  word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word.toLowerCase();

/** What a statement of `DESC KEYSPACE` creates, and for an index, on which table. */
export type CreatedObject =
  | { kind: 'keyspace' | 'type' | 'table'; name: string }
  | { kind: 'index'; name: string; table: string }
  | { kind: 'other' };

/** Parses `CREATE [UNIQUE|CUSTOM] <kind> [IF NOT EXISTS] [<keyspace>.]<name> [ON [<keyspace>.]<table>]`. */
export function createdObject(statement: string): CreatedObject {
  const words = [...tokensOf(statement)].filter(({ kind }) => kind !== 'space');
  const word = (at: number): string => words[at]?.text.toLowerCase() ?? '';
  let at = 0;
  if (word(at) !== 'create') return { kind: 'other' };
  at += 1;
  while (word(at) === 'unique' || word(at) === 'custom') at += 1;
  const kind = word(at);
  at += 1;
  if (word(at) === 'if') at += 3;
  const qualified = (): string => {
    const first = nameOf(words[at]?.text ?? '');
    at += 1;
    if (word(at) !== '.') return first;
    at += 2;
    return nameOf(words[at - 1]?.text ?? '');
  };
  if (kind === 'keyspace' || kind === 'type' || kind === 'table') return { kind, name: qualified() };
  if (kind !== 'index') return { kind: 'other' };
  const name = qualified();
  if (word(at) !== 'on') return { kind: 'other' };
  at += 1;
  return { kind, name, table: qualified() };
}

/** The statement with the keyspace replaced: where it is created, and before each dot. */
export function inKeyspace(statement: string, from: string, to: string): string {
  const quoted = `"${to.replaceAll('"', '""')}"`;
  const tokens = [...tokensOf(statement)];
  const makesKeyspace = createdObject(statement).kind === 'keyspace';
  const neighbour = (at: number, step: 1 | -1): string => {
    let i = at + step;
    while (tokens[i]?.kind === 'space') i += step;
    return tokens[i]?.text.toLowerCase() ?? '';
  };
  return tokens
    .map(({ kind, text }, at) => {
      if (kind !== 'name' || nameOf(text) !== from) return text;
      const before = neighbour(at, -1);
      const created = makesKeyspace && (before === 'keyspace' || before === 'exists');
      return created || (neighbour(at, 1) === '.' && before !== '.') ? quoted : text;
    })
    .join('');
}
