import { syntaxError } from '../errors';

/** `name`: a word in its canonical form (lower case unless quoted). `end`: only white space is left. */
export interface Token {
  kind: 'name' | 'quoted' | 'string' | 'number' | 'uuid' | 'blob' | 'sign' | 'end';
  text: string;
  /** Where it begins and ends in the statement. */
  from: number;
  to: number;
}

const PATTERNS: readonly [Token['kind'] | 'space', RegExp][] = [
  ['space', /\s+|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y],
  ['uuid', /[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![\w])/y],
  ['blob', /0[xX][0-9a-fA-F]*(?![\w])/y],
  ['string', /'(?:[^']|'')*'|\$\$[\s\S]*?\$\$/y],
  ['quoted', /"(?:[^"]|"")*"/y],
  ['number', /-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w])/y],
  ['name', /[A-Za-z_]\w*/y],
  ['sign', /->>|->|<=|>=|!=|[-+*=<>(){}[\],.;:?%]/y],
];

/**
 * The token at a position, or undefined for white space and comments. Throws a `CqlError` for anything that is not CQL.
 */
function tokenAt(text: string, at: number): { token?: Token; next: number } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined || found === '') continue;
    const next = at + found.length;
    return kind === 'space' ? { next } : { token: { kind, text: valueOf(kind, found), from: at, to: next }, next };
  }
  throw syntaxError(`unexpected ${JSON.stringify(text.slice(at, at + 12))}`);
}

function valueOf(kind: Token['kind'], found: string): string {
  switch (kind) {
    case 'string':
      return found.startsWith('$$') ? found.slice(2, -2) : found.slice(1, -1).replaceAll("''", "'");
    case 'quoted':
      return found.slice(1, -1).replaceAll('""', '"');
    case 'name':
    case 'uuid':
      return found.toLowerCase();
    case 'number':
    case 'blob':
    case 'sign':
    case 'end':
      return found;
  }
}

/** All tokens of one statement, with `end` as the last. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const { token, next } = tokenAt(text, at);
    if (token) tokens.push(token);
    at = next;
  }
  tokens.push({ kind: 'end', text: '', from: text.length, to: text.length });
  return tokens;
}

export interface SplitStatement {
  text: string;
  /** Line, from 1, on which the statement ends: the one that ycqlsh names in an error. */
  line: number;
}

/** The shell's own commands, which also end with the line. */
const SHELL_COMMAND =
  /\s*(?:SOURCE|DESC|DESCRIBE|USE|SHOW|CONSISTENCY|PAGING|EXPAND|TRACING|EXIT|QUIT|HELP|CLEAR|CLS|COPY|LOGIN)\b/iy;

/** Splits a script at the semicolons outside of strings and comments. */
export function splitStatements(script: string): SplitStatement[] {
  const statements: SplitStatement[] = [];
  const add = (from: number, to: number): void => {
    const text = script.slice(from, to).trim();
    const first = script.slice(from, to).search(/\S/);
    const line = script.slice(0, from + Math.max(first, 0) + text.length).split('\n').length;
    if (hasTokens(text)) statements.push({ text, line });
  };
  let start = 0;
  for (let at = 0; at < script.length;) {
    SHELL_COMMAND.lastIndex = start;
    if (script[at] === '\n' && SHELL_COMMAND.test(script) && hasTokens(script.slice(start, at))) {
      add(start, at);
      start = at += 1;
      continue;
    }
    const { end, next } = stepOver(script, at);
    if (end) {
      add(start, at);
      start = next;
    }
    at = next;
  }
  add(start, script.length);
  return statements;
}

/** One token, or one character if there is none; line ends count as tokens of their own. */
function stepOver(script: string, at: number): { end: boolean; next: number } {
  if (script[at] === '\n') return { end: false, next: at + 1 };
  const spaces = /[^\S\n]+/y;
  spaces.lastIndex = at;
  if (spaces.test(script)) return { end: false, next: spaces.lastIndex };
  try {
    const { token, next } = tokenAt(script, at);
    return { end: token?.text === ';' && token.kind === 'sign', next };
  } catch {
    // An open string or comment swallows the rest.
    return { end: false, next: /['"]|\/\*|\$\$/y.test(script.slice(at, at + 2)) ? script.length : at + 1 };
  }
}

function hasTokens(text: string): boolean {
  try {
    return tokensOf(text).length > 1;
  } catch {
    return true;
  }
}
