import { StatementRefused } from '../errors';
import type { ColumnType } from './column-type';
import { cqlText, quoteCql } from './quote-cql';

/** Types whose values the shell quotes within other types. */
const QUOTED_INSIDE = new Set(['text', 'varchar', 'ascii', 'inet', 'timestamp']);
/** Types whose literals CQL accepts only in quotes. */
const TEXTS = new Set([...QUOTED_INSIDE, 'jsonb', 'date', 'time']);

const IN_QUOTES = /'([^']*(?:''[^']*)*)'/y;
const NULL = /null\b/y;
const JSON_IN_QUOTES = /'([^'"]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^'"]*)*)'/sy;
const BARE: Readonly<Record<string, RegExp>> = { date: /-?\d+(?:-\d+)*/y, time: /\d+:\d+:\d+(?:\.\d+)?/y };
const WORD = /-?\w+(?:[.+-]\w+)*/y;

/**
 * A value that `COPY TO` printed, its escapes undone, as CQL; null inside of a user-defined type reads `null`. Fails
 * with `StatementRefused` if it is not exactly one value of the type.
 */
export function literalOf(type: ColumnType, printed: string): string {
  if (type.kind === 'scalar' && TEXTS.has(type.name)) return scalar(type.name, printed);
  const reader = new ValueReader(printed);
  const literal = reader.value(type);
  return reader.atEnd ? literal : reader.fail(type);
}

/**
 * The shell prints more fractional digits of a second than CQL accepts; the number of milliseconds is equivalent. Years
 * over 9999 are printed as such a number.
 */
const timestamp = (text: string): string => (/^-?\d+$/.test(text) ? text : String(Date.parse(text.replace(' ', 'T'))));

const scalar = (name: string, text: string): string => (name === 'timestamp' ? timestamp(text) : cqlText(text));

const nameOf = (type: ColumnType): string => ('name' in type ? type.name : type.kind);

/** Parses a printed value by its type: the shell prints names of fields, dates and times without quotes. */
class ValueReader {
  private at = 0;

  constructor(private readonly text: string) {}

  get atEnd(): boolean {
    return this.at === this.text.length;
  }

  fail(type: ColumnType): never {
    throw new StatementRefused(undefined, '', `a field of a column of type ${nameOf(type)} is no such value`);
  }

  value(type: ColumnType): string {
    switch (type.kind) {
      case 'list':
        return `[${this.items(type, '[', ']', () => this.value(type.of)).join(', ')}]`;
      case 'set':
        return `{${this.items(type, '{', '}', () => this.value(type.of)).join(', ')}}`;
      case 'map':
        return `{${this.items(type, '{', '}', () => {
          const key = this.value(type.key);
          this.expect(type, ': ');
          return `${key}: ${this.value(type.value)}`;
        }).join(', ')}}`;
      case 'userDefined':
        return `{${this.fields(type).join(', ')}}`;
      case 'scalar':
        return this.inside(type);
    }
  }

  private fields(type: ColumnType & { kind: 'userDefined' }): string[] {
    let i = -1;
    return this.items(type, '{', '}', () => {
      const field = type.fields[(i += 1)] ?? this.fail(type);
      // A name that is not a valid identifier in Python is replaced by its position
      // (`_positional_rename_invalid_identifiers`).
      if (!this.passes(`${field.name}: `)) this.expect(type, `field_${i}_: `);
      return `${quoteCql(field.name)}: ${this.matched(NULL)?.[0] ?? this.value(field.type)}`;
    });
  }

  private items(type: ColumnType, opening: string, closing: string, item: () => string): string[] {
    this.expect(type, opening);
    const items: string[] = [];
    while (!this.passes(closing)) {
      if (items.length > 0) this.expect(type, ', ');
      items.push(item());
    }
    return items;
  }

  private inside(type: ColumnType & { kind: 'scalar' }): string {
    const { name } = type;
    if (QUOTED_INSIDE.has(name)) {
      const [, text] = this.matched(IN_QUOTES) ?? this.fail(type);
      return scalar(name, (text ?? '').replaceAll("''", "'"));
    }
    const [, json] = name === 'jsonb' ? (this.matched(JSON_IN_QUOTES) ?? this.fail(type)) : [];
    if (json !== undefined) return cqlText(json); // its quotes are not doubled
    const [word = ''] = this.matched(BARE[name] ?? WORD) ?? this.fail(type);
    return TEXTS.has(name) ? cqlText(word) : word;
  }

  private matched(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found;
  }

  private passes(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private expect(type: ColumnType, text: string): void {
    if (!this.passes(text)) this.fail(type);
  }
}
