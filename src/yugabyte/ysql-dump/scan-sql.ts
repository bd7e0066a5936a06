/**
 * The words of a psql script, as psql's own scanner sees them: quotes, E'' strings, dollar quotes, nested comments and
 * meta-commands are taken whole, so nothing inside them is mistaken for SQL.
 */
export interface Token {
  kind: 'word' | 'identifier' | 'string' | 'dollar' | 'symbol';
  /** Words as typed; quoted identifiers and strings with their quotes taken off; dollar bodies without their tags. */
  value: string;
  /** Place in the script. */
  start: number;
  end: number;
  /** Of round brackets. */
  depth: number;
  /** A name `begin` outside of brackets in CREATE FUNCTION | PROCEDURE: psql 14 and newer takes it for the beginning of a body. */
  bareBegin?: true;
}

export interface Statement {
  kind: 'sql' | 'meta' | 'data';
  /** For SQL without comments; a meta-command and COPY data have none. */
  tokens: Token[];
  start: number;
  end: number;
  /** First line of the statement, from 1. */
  line: number;
}

const SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /[0-9][A-Za-z0-9_.]*/y;
const QUOTED_IDENTIFIER = /"(?:[^"]|"")*"/y;
const STRING = /(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/y;
const ESCAPE_STRING = /[eE]?'(?:[^'\\]|\\[\s\S]|'')*'/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/** The script is cut short inside a quote, comment or COPY block. */
export class UnfinishedSql extends Error {
  override readonly name = 'UnfinishedSql';
  constructor(
    readonly what: string,
    readonly line: number,
  ) {
    super(`The ${what} that begins in line ${line} has no end.`);
  }
}

/** Splits a script into statements. Fails with `UnfinishedSql`. */
export function scanSql(script: string): Statement[] {
  return new Scanner(script).statements();
}

class Scanner {
  private at = 0;
  private line = 1;
  private counted = 0;
  /** `SET standard_conforming_strings = off` makes plain strings read like E'' ones. */
  private conforming = true;

  constructor(private readonly script: string) {}

  statements(): Statement[] {
    const found: Statement[] = [];
    for (;;) {
      this.skipBlank();
      if (this.at >= this.script.length) return found;
      const statement = this.script[this.at] === '\\' ? this.meta() : this.sql();
      found.push(statement);
      if (statement.kind === 'sql') {
        this.noteStrings(statement.tokens);
        if (readsCopyData(statement.tokens)) found.push(this.copyData());
      }
    }
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
      // A meta-command in the middle of a statement is psql's too; it begins a statement of its own here.
      if (this.at >= this.script.length || this.script[this.at] === '\\')
        return { kind: 'sql', tokens, start, end: tokens.at(-1)?.end ?? this.at, line };
      const token = this.token(depth);
      if (token.kind === 'symbol' && token.value === '(') depth += 1;
      if (token.kind === 'symbol' && token.value === ')') depth = Math.max(0, depth - 1);
      if (token.kind === 'word' && depth === 0 && createsRoutine(tokens)) {
        const step = blockStep(token.value, blocks);
        if (step !== 'begin') blocks = Math.max(0, blocks + step);
        else if (blocks === 0 && this.atomicFollows()) blocks = 1;
        else token.bareBegin = true;
      }
      if (token.kind === 'symbol' && token.value === ';' && depth === 0 && blocks === 0)
        return { kind: 'sql', tokens, start, end: token.end, line };
      tokens.push(token);
    }
  }

  private token(depth: number): Token {
    const start = this.at;
    const first = this.script[start] ?? '';
    const made = (kind: Token['kind'], value: string): Token => ({ kind, value, start, end: this.at, depth });

    if (first === '"')
      return made('identifier', this.take(QUOTED_IDENTIFIER, 'quoted identifier').slice(1, -1).replaceAll('""', '"'));
    if (first === '$') {
      const tag = this.match(DOLLAR_TAG);
      if (tag !== undefined) return made('dollar', this.dollarBody(tag, start));
    }
    if (first === "'" || /^(?:[eEbBxXnN]|[uU]&)'/.test(this.script.slice(start, start + 3))) {
      const escaped = /^[eE]/.test(first) || (first === "'" && !this.conforming);
      const raw = this.take(escaped ? ESCAPE_STRING : STRING, 'string');
      const body = raw.slice(raw.indexOf("'") + 1, -1).replaceAll("''", "'");
      return made('string', escaped ? body.replace(/\\([\s\S])/g, '$1') : body);
    }
    const word = this.match(WORD) ?? this.match(NUMBER);
    if (word !== undefined) return made('word', word);
    this.at += 1;
    return made('symbol', first);
  }

  private dollarBody(tag: string, start: number): string {
    const end = this.script.indexOf(tag, this.at);
    if (end === -1) throw new UnfinishedSql('dollar-quoted text', this.lineAt(start));
    const body = this.script.slice(this.at, end);
    this.at = end + tag.length;
    return body;
  }

  /** Lines up to `\.`; they begin after the line that holds the COPY statement. */
  private copyData(): Statement {
    const newline = this.script.indexOf('\n', this.at);
    const start = newline === -1 ? this.script.length : newline + 1;
    const line = this.lineAt(Math.max(0, start - 1)) + 1;
    const end = /^\\\.\r?$/gm;
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

  private take(pattern: RegExp, what: string): string {
    const start = this.at;
    const found = this.match(pattern);
    if (found === undefined) throw new UnfinishedSql(what, this.lineAt(start));
    return found;
  }

  private noteStrings(tokens: Token[]): void {
    const words = tokens.map(({ value }) => value.toLowerCase());
    if (words[0] === 'set' && words[1] === 'standard_conforming_strings') this.conforming = words[3] !== 'off';
  }

  /** Asked with growing places only. */
  private lineAt(place: number): number {
    for (; this.counted < place; this.counted++) if (this.script[this.counted] === '\n') this.line += 1;
    return this.line;
  }
}

/** Only CREATE [OR REPLACE] FUNCTION | PROCEDURE may hold `BEGIN ATOMIC … END` with `;` inside. */
export function createsRoutine(tokens: readonly Token[]): boolean {
  const words = tokens.slice(0, 4).map(({ kind, value }) => (kind === 'word' ? value.toLowerCase() : ''));
  if (words[0] !== 'create') return false;
  const what = words[1] === 'or' && words[2] === 'replace' ? words[3] : words[1];
  return what === 'function' || what === 'procedure';
}

/**
 * As psql counts them outside of brackets. It takes each `begin` there for a block; to the server only `BEGIN ATOMIC` is one, anything else
 * is a name. CASE and END are reserved: names are quoted then.
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
function readsCopyData(tokens: Token[]): boolean {
  const words = tokens
    .filter(({ kind, depth }) => kind === 'word' && depth === 0)
    .map(({ value }) => value.toLowerCase());
  return words[0] === 'copy' && words.some((word, i) => word === 'from' && words[i + 1] === 'stdin');
}
