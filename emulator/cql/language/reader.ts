import { invalid, syntaxError } from '../errors';
import type { Literal } from './literal';
import { tokensOf, type Token } from './tokens';

/**
 * What a bind marker of a statement represents. `name`: of `:name`. `whole`: only a whole number is valid there (LIMIT,
 * TTL).
 */
export type Markers = (at: number, marker: { name?: string; whole: boolean }) => Literal;

const NO_VALUES: Markers = (at) => {
  throw invalid(`Invalid Arguments. Bind variable at position ${at + 1} not found (ql error -304)`);
};

/** Reads the tokens of one statement. Every method throws a `CqlError` if it does not find what it expects. */
export class Reader {
  private readonly tokens: Token[];
  private at = 0;
  private markersMet = 0;

  constructor(
    readonly text: string,
    private readonly markers: Markers = NO_VALUES,
  ) {
    this.tokens = tokensOf(text).filter(({ kind, text: sign }) => kind !== 'sign' || sign !== ';');
  }

  get next(): Token {
    return this.tokens[this.at] ?? { kind: 'end', text: '', from: this.text.length, to: this.text.length };
  }

  take(): Token {
    const token = this.next;
    this.at += 1;
    return token;
  }

  /** Whether these words come next. */
  sees(...words: string[]): boolean {
    return words.every((word, i) => {
      const token = this.tokens[this.at + i];
      return token?.kind === 'name' && token.text === word.toLowerCase();
    });
  }

  /** Takes words if they come next. */
  takes(...words: string[]): boolean {
    if (!this.sees(...words)) return false;
    this.at += words.length;
    return true;
  }

  expect(...words: string[]): void {
    if (!this.takes(...words)) throw this.unexpected(words.join(' ').toUpperCase());
  }

  seesSign(sign: string): boolean {
    return this.next.kind === 'sign' && this.next.text === sign;
  }

  takesSign(sign: string): boolean {
    if (!this.seesSign(sign)) return false;
    this.at += 1;
    return true;
  }

  sign(sign: string): void {
    if (!this.takesSign(sign)) throw this.unexpected(`'${sign}'`);
  }

  /** An identifier. */
  name(): string {
    if (this.next.kind !== 'name' && this.next.kind !== 'quoted') throw this.unexpected('a name');
    return this.take().text;
  }

  /** `[<keyspace>.]<name>` */
  qualified(): QualifiedName {
    const first = this.name();
    return this.takesSign('.') ? { keyspace: first, name: this.name() } : { name: first };
  }

  string(): string {
    if (this.next.kind !== 'string') throw this.unexpected('a string');
    return this.take().text;
  }

  integer(): number {
    if (this.seesSign('?') || this.seesSign(':')) return this.markedInteger();
    if (this.next.kind !== 'number' || !/^-?\d+$/.test(this.next.text)) throw this.unexpected('an integer');
    return Number(this.take().text);
  }

  /** `?` or `:name`: the value bound to it. */
  marked(whole = false): Literal {
    const named = this.take().text === ':';
    const at = this.markersMet;
    this.markersMet += 1;
    return this.markers(at, { whole, ...(named ? { name: this.name() } : {}) });
  }

  private markedInteger(): number {
    const literal = this.marked(true);
    if (literal.kind === 'marker') return 1; // any number that the statement may contain
    if (literal.kind === 'number' && /^-?\d+$/.test(literal.value)) return Number(literal.value);
    throw invalid('Invalid Arguments. A whole number is bound to LIMIT, OFFSET and TTL');
  }

  /** `<item>, <item> …` */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.takesSign(',')) items.push(item());
    return items;
  }

  /** `( <item>, … )` */
  inBrackets<T>(item: () => T): T[] {
    this.sign('(');
    const items = this.list(item);
    this.sign(')');
    return items;
  }

  end(): void {
    if (this.next.kind !== 'end') throw this.unexpected('the end of the statement');
  }

  unexpected(wanted: string): Error {
    const { kind, text } = this.next;
    const met = kind === 'end' ? 'end of file' : `'${text}'`;
    return syntaxError(`unexpected ${met}, expecting ${wanted}\n${this.text}\n${' '.repeat(this.next.from)}^^^\n`);
  }
}

export interface QualifiedName {
  keyspace?: string;
  name: string;
}

/** Reserved words: as names they must be quoted. */
const RESERVED = new Set(
  (
    'add allow alter and apply asc authorize batch begin by columnfamily create delete desc describe drop entries execute from full grant if in index ' +
    'infinity insert into is keyspace limit materialized modify nan norecursive not null of on or order primary rename replace revoke schema select ' +
    'set table to token truncate unlogged update use using view where with'
  ).split(' '),
);

/** A name as CQL needs it, quoted if necessary. */
export const cqlName = (name: string): string =>
  /^[a-z][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
