/**
 * The words of a psql script, as psql's own scanner sees them: quotes, E'' strings, dollar quotes, nested comments and
 * meta-commands are scanned as wholes, so nothing inside them is mistaken for SQL.
 */
export interface Token {
  kind: 'word' | 'identifier' | 'string' | 'dollar' | 'symbol';
  /** Words as typed; quoted identifiers and strings without their quotes; dollar-quoted bodies without their tags. */
  value: string;
  /** Position in the script. */
  start: number;
  end: number;
  /** Nesting of round brackets. */
  depth: number;
  /** A string written with escapes (E'…\\x41…', U&'…'): the server may read it differently from `value`. */
  escapes?: true;
}

export interface Statement {
  kind: 'sql' | 'meta' | 'data';
  /** For SQL, without comments; a meta-command and COPY data have none. */
  tokens: Token[];
  start: number;
  end: number;
  /** First line of the statement, from 1. */
  line: number;
  /** Ended by a meta-command or the end of the script instead of a semicolon. */
  unended?: true;
}

const SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
/** Letters after a number begin a word: older releases read `1a$$` that way. */
const NUMBER = /[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?/y;
/** A prefix of a string's quote; N'…' is a word and a string. */
const STRING_PREFIX = /(?:[bBxXeE]|[uU]&)?(?=')/y;
/** Between two parts of one string: white space that includes a line end, and comments. */
const CONTINUED = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*(?=')/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/** More than any dump has in a statement: bounds memory. */
const MAX_TOKENS = 500_000;

/** The script is cut off within a quote, comment or COPY block. */
export class UnfinishedSql extends Error {
  override readonly name = 'UnfinishedSql';
  constructor(
    readonly construct: string,
    readonly line: number,
  ) {
    super(`The ${construct} that begins in line ${line} has no end.`);
  }
}

/** State that continues through a script that arrives in pieces. */
export interface ScanState {
  /** `SET standard_conforming_strings = off` makes plain strings be read like E'' ones. */
  conforming: boolean;
}

/** Splits a script into statements. Fails with `UnfinishedSql`. */
export function scanSql(script: string): Statement[] {
  const scanner = new Scanner(script, { conforming: true });
  const found: Statement[] = [];
  for (let next = scanner.next(); next; next = scanner.next()) {
    found.push(next);
    if (readsCopyData(next)) found.push(scanner.copyData());
  }
  return found;
}

/** Scans one statement after another. */
export class Scanner {
  private at = 0;
  private line = 1;
  private counted = 0;

  constructor(
    private readonly script: string,
    private readonly state: ScanState,
  ) {}

  /** The next statement, undefined at the end. Rows that follow a COPY are not scanned. Fails with `UnfinishedSql`. */
  next(): Statement | undefined {
    this.skipBlank();
    if (this.at >= this.script.length) return undefined;
    const statement = this.script[this.at] === '\\' ? this.meta() : this.sql();
    this.noteStrings(statement);
    return statement;
  }

  private meta(): Statement {
    const start = this.at;
    const line = this.lineAt(start);
    const end = this.script.indexOf('\n', start);
    this.at = end === -1 ? this.script.length : end;
    return { kind: 'meta', tokens: [], start, end: this.at, line };
  }

  private sql(): Statement {
    const start = this.at;
    const line = this.lineAt(start);
    const tokens: Token[] = [];
    let depth = 0;
    let blocks = 0; // open BEGIN ATOMIC and CASE
    for (;;) {
      this.skipBlank();
      // psql allows a meta-command in the middle of a statement; here it begins a statement of its own.
      if (this.at >= this.script.length || this.script[this.at] === '\\')
        return { kind: 'sql', tokens, start, end: tokens.at(-1)?.end ?? this.at, line, unended: true };
      const token = this.token(depth);
      if (token.kind === 'symbol' && token.value === '(') depth += 1;
      if (token.kind === 'symbol' && token.value === ')') depth = Math.max(0, depth - 1);
      if (token.kind === 'word' && depth === 0 && createsRoutine(tokens)) {
        const step = blockStep(token.value, blocks);
        if (step !== 'begin') blocks = Math.max(0, blocks + step);
        else if (blocks === 0 && this.atomicFollows()) blocks = 1;
      }
      if (token.kind === 'symbol' && token.value === ';' && depth === 0 && blocks === 0)
        return { kind: 'sql', tokens, start, end: token.end, line };
      tokens.push(token);
      if (tokens.length > MAX_TOKENS) throw new UnfinishedSql(`statement of more than ${MAX_TOKENS} words`, line);
    }
  }

  private token(depth: number): Token {
    const start = this.at;
    const first = this.script[start] ?? '';
    const made = (kind: Token['kind'], value: string): Token => ({ kind, value, start, end: this.at, depth });

    if (first === '"') return made('identifier', this.quoted('"', 'quoted identifier'));
    if (first === '$') {
      const tag = this.match(DOLLAR_TAG);
      if (tag !== undefined) return made('dollar', this.dollarBody(tag, start));
    }
    const prefix = this.match(STRING_PREFIX);
    if (prefix !== undefined) {
      const value = this.string(prefix.toLowerCase());
      const reads = prefix !== '' || !this.state.conforming;
      const escapes = reads && this.script.slice(start, this.at).includes('\\');
      return { ...made('string', value), ...(escapes ? { escapes } : {}) };
    }
    const word = this.match(WORD) ?? this.match(NUMBER);
    if (word !== undefined) return made('word', word);
    this.at += 1;
    return made('symbol', first);
  }

  /** A string with all its parts, without its quotes and escapes. */
  private string(prefix: string): string {
    const escaped = prefix === 'e' || (prefix === '' && !this.state.conforming);
    const doubled = prefix !== 'b' && prefix !== 'x';
    let value = '';
    do value += escaped ? this.escaped() : this.quoted("'", 'string', doubled);
    while (this.match(CONTINUED) !== undefined);
    return value;
  }

  /** From a quote to its end. */
  private quoted(quote: string, construct: string, doubled = true): string {
    const start = this.at;
    for (let from = start + 1; ; from += 2) {
      from = this.script.indexOf(quote, from);
      if (from === -1) throw new UnfinishedSql(construct, this.lineAt(start));
      if (doubled && this.script[from + 1] === quote) continue;
      this.at = from + 1;
      const inside = this.script.slice(start + 1, from);
      return doubled ? inside.replaceAll(quote + quote, quote) : inside;
    }
  }

  private escaped(): string {
    const start = this.at;
    const special = /['\\]/g;
    special.lastIndex = start + 1;
    for (let found = special.exec(this.script); found; found = special.exec(this.script)) {
      if (found[0] === "'" && this.script[found.index + 1] !== "'") {
        this.at = found.index + 1;
        const inside = this.script.slice(start + 1, found.index);
        return inside.replaceAll("''", "'").replace(/\\([\s\S])/g, '$1');
      }
      special.lastIndex = found.index + 2;
    }
    throw new UnfinishedSql('string', this.lineAt(start));
  }

  private dollarBody(tag: string, start: number): string {
    const end = this.script.indexOf(tag, this.at);
    if (end === -1) throw new UnfinishedSql('dollar-quoted text', this.lineAt(start));
    const body = this.script.slice(this.at, end);
    this.at = end + tag.length;
    return body;
  }

  /** Lines up to `\.`; they begin after the line that contains the COPY statement. */
  copyData(): Statement {
    const newline = this.script.indexOf('\n', this.at);
    const start = newline === -1 ? this.script.length : newline + 1;
    const line = this.lineAt(Math.max(0, start - 1)) + 1;
    const end = /(?<=^|\n)\\\.\r?(?=\n|$)/g; // a row may contain other characters that `m` takes for line ends
    end.lastIndex = start;
    if (!end.test(this.script)) throw new UnfinishedSql('COPY data', line);
    this.at = end.lastIndex;
    return { kind: 'data', tokens: [], start, end: this.at, line };
  }

  private skipBlank(): void {
    for (;;) {
      if (this.match(SPACE) !== undefined || this.match(LINE_COMMENT) !== undefined) continue;
      if (!this.script.startsWith('/*', this.at)) return;
      this.skipBlockComment();
    }
  }

  private skipBlockComment(): void {
    const start = this.at;
    let open = 0;
    do {
      const next = /\/\*|\*\//g;
      next.lastIndex = this.at;
      const found = next.exec(this.script);
      if (!found) throw new UnfinishedSql('comment', this.lineAt(start));
      open += found[0] === '/*' ? 1 : -1;
      this.at = next.lastIndex;
    } while (open > 0);
  }

  private atomicFollows(): boolean {
    const { at } = this;
    this.skipBlank();
    const next = this.match(WORD)?.toLowerCase();
    this.at = at;
    return next === 'atomic';
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.script)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private noteStrings({ kind, tokens, start, end }: Statement): void {
    if (kind === 'meta' && /^\\c(?:onnect)?\b/.test(this.script.slice(start, Math.min(end, start + 10))))
      this.state.conforming = true; // a new session
    const words = tokens.slice(0, 4).map(({ value }) => value.toLowerCase());
    if (words[0] === 'set' && words[1] === 'standard_conforming_strings') this.state.conforming = words[3] !== 'off';
  }

  /** Must be called with increasing positions only. */
  private lineAt(place: number): number {
    for (; this.counted < place; this.counted++) if (this.script[this.counted] === '\n') this.line += 1;
    return this.line;
  }
}

/** Only CREATE [OR REPLACE] FUNCTION | PROCEDURE may contain `BEGIN ATOMIC … END` with `;` inside. */
export function createsRoutine(tokens: readonly Token[]): boolean {
  const words = tokens.slice(0, 4).map(({ kind, value }) => (kind === 'word' ? value.toLowerCase() : ''));
  if (words[0] !== 'create') return false;
  const kind = words[1] === 'or' && words[2] === 'replace' ? words[3] : words[1];
  return kind === 'function' || kind === 'procedure';
}

/**
 * Outside of brackets. Only `BEGIN ATOMIC` begins a block; `begin` alone is a name. CASE and END are reserved, so names
 * like that are quoted.
 */
function blockStep(word: string, open: number): number | 'begin' {
  switch (word.toLowerCase()) {
    case 'begin':
      return 'begin';
    case 'case':
      return open > 0 ? 1 : 0;
    case 'end':
      return -1;
    default:
      return 0;
  }
}

/** `COPY … FROM stdin …;` is followed by rows. */
export function readsCopyData({ tokens }: Statement): boolean {
  if (tokens[0]?.value.toLowerCase() !== 'copy') return false;
  const words = tokens
    .filter(({ kind, depth }) => kind === 'word' && depth === 0)
    .map(({ value }) => value.toLowerCase());
  return words[0] === 'copy' && words.some((word, i) => word === 'from' && words[i + 1] === 'stdin');
}
