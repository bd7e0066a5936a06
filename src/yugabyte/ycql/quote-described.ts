import { nameOf, tokensOf } from './cql-statements';

/** Names as `DESC` writes them where it defines them, by name: in quotes where necessary. */
type Written = ReadonlyMap<string, string>;

const OPENS = /^CREATE (TABLE|TYPE) /;
const INDEX = /^CREATE (?:UNIQUE )?INDEX /;
const JSON_PATH = /^(?:->>?'(?:[^']|'')*')+/;
/**
 * The predicate of a partial index as the server prints it: comparisons with constants
 * (`QLExpressionPBToPredicateString`).
 */
const COMPARED = /^ (?:=|!=|>=|<=|>|<) (?:'(?:[^']|'')*'|[^\s']+)/;

/**
 * `DESC KEYSPACE` with quotes around every name that needs them. The server does not quote the columns of an index or,
 * in older releases, the names of user-defined types within other types (yql_indexes_vtable.cc, `QLType::ToString`,
 * #18586), and the shell prints that text: `(a b, Key)` is refused, or means another column. `DESC` writes each name
 * correctly where it defines it. What can't be parsed is left as it is.
 */
export function quoteDescribed(text: string): string {
  const lines = text.split('\n');
  const { tables, types } = namesOf(lines);
  const quotedTypes = [...types].filter(([name, written]) => written !== name);
  let inside = false;
  return lines
    .map((line) => {
      if (INDEX.test(line)) return quoteIndex(line, tables);
      if (OPENS.test(line)) inside = true;
      else if (line.startsWith(')')) inside = false;
      else if (inside) return quoteTypes(line, quotedTypes);
      return line;
    })
    .join('\n');
}

/** Columns of each table and names of types, from the lines that define them. */
function namesOf(lines: readonly string[]): { tables: ReadonlyMap<string, Written>; types: Written } {
  const tables = new Map<string, Map<string, string>>();
  const types = new Map<string, string>();
  let columns: Map<string, string> | undefined;
  for (const line of lines) {
    const [, what] = OPENS.exec(line) ?? [];
    if (what === undefined) {
      const [first] = wordsOf(line);
      if (line.startsWith(')')) columns = undefined;
      else if (first && /^\s/.test(line) && !/^\s+PRIMARY KEY \(/.test(line)) columns?.set(nameOf(first), first);
      continue;
    }
    const { written } = qualified(line, `CREATE ${what} `.length);
    columns = undefined;
    if (what === 'TYPE') types.set(nameOf(written), written);
    else tables.set(nameOf(written), (columns = new Map<string, string>()));
  }
  return { tables, types };
}

const wordsOf = (text: string): string[] =>
  [...tokensOf(text)].filter(({ kind }) => kind !== 'space').map(({ text: word }) => word);

/** The last part of `<keyspace>.<name>` at a place in a line, and where it ends. */
function qualified(line: string, from: number): { written: string; end: number } {
  let end = from;
  let written = '';
  for (const { kind, text } of tokensOf(line.slice(from))) {
    if (kind !== 'name' && text !== '.') break;
    end += text.length;
    if (kind === 'name') written = text;
  }
  return { written, end };
}

/** Quotes the names of types in the type of a column or field, whose own name comes first and is written correctly. */
function quoteTypes(line: string, types: readonly (readonly [string, string])[]): string {
  const [, name = '', type = ''] = /^(\s+(?:"(?:[^"]|"")*"|\w+))(.*)$/.exec(line) ?? [];
  if (name === '') return line;
  const quoted = types.reduce(
    (text, [raw, written]) => text.replace(new RegExp(`(?<=[<\\s])${escaped(raw)}(?=[>,\\s]|$)`, 'g'), () => written),
    type,
  );
  return `${name}${quoted}`;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** `CREATE INDEX <name> ON <table> (<target>)[ INCLUDE (<names>)][ WHERE <predicate>]`, one line. */
function quoteIndex(line: string, tables: ReadonlyMap<string, Written>): string {
  const named = qualified(line, (INDEX.exec(line) ?? [''])[0].length);
  if (!line.startsWith(' ON ', named.end)) return line;
  const { written, end } = qualified(line, named.end + 4);
  const columns = tables.get(nameOf(written));
  if (!columns || !line.startsWith(' (', end)) return line;
  return new IndexLine(line, columns).quoted(end + 2) ?? line;
}

/** Limit for the attempts to parse one line: a name can be chosen so that there are very many ways to parse it. */
const MAX_STEPS = 20_000;

/** A name may contain whatever separates names, so each way to parse the line is tried until one fits all of it. */
class IndexLine {
  private readonly longestFirst: readonly (readonly [string, string])[];
  private steps = 0;

  constructor(
    private readonly line: string,
    columns: Written,
  ) {
    this.longestFirst = [...columns].sort(([one], [other]) => other.length - one.length);
  }

  quoted(from: number): string | undefined {
    const front = this.line.slice(0, from);
    const read = this.hashed(from) ?? this.names(from, (at, target) => this.tail(at, target));
    return read === undefined ? undefined : `${front}${read}`;
  }

  /** `(a, b), c)`: several hash columns. */
  private hashed(from: number): string | undefined {
    if (this.line[from] !== '(') return undefined;
    return this.names(from + 1, (at, hash) => {
      if (!this.line.startsWith(', ', at)) return this.after(at, ')', (end) => this.tail(end, `(${hash})`));
      return this.names(at + 2, (end, rest) => this.tail(end, `(${hash}, ${rest}`));
    });
  }

  private after(at: number, text: string, then: (end: number) => string | undefined): string | undefined {
    return this.line.startsWith(text, at) ? then(at + text.length) : undefined;
  }

  private tail(at: number, target: string): string | undefined {
    return (
      this.after(at, ' INCLUDE (', (from) =>
        this.names(from, (end, names) => this.predicate(end, `${target} INCLUDE (${names}`)),
      ) ?? this.predicate(at, target)
    );
  }

  private predicate(at: number, front: string): string | undefined {
    if (at === this.line.length || this.line[at] === ';') return `${front}${this.line.slice(at)}`;
    return this.after(at, ' WHERE ', (from) => this.comparisons(from, `${front} WHERE `));
  }

  private comparisons(at: number, front: string): string | undefined {
    for (const [raw, written] of this.longestFirst) {
      if ((this.steps += 1) > MAX_STEPS) return undefined;
      const compared = this.line.startsWith(raw, at) ? COMPARED.exec(this.line.slice(at + raw.length)) : null;
      if (!compared) continue;
      const end = at + raw.length + compared[0].length;
      const so = `${front}${written}${compared[0]}`;
      const read =
        end === this.line.length ? so : this.after(end, ' AND ', (next) => this.comparisons(next, `${so} AND `));
      if (read !== undefined) return read;
    }
    return undefined;
  }

  /** Names up to and including the bracket that closes them. */
  private names(at: number, then: (end: number, names: string) => string | undefined): string | undefined {
    for (const [raw, written] of this.longestFirst) {
      if ((this.steps += 1) > MAX_STEPS) return undefined;
      if (!this.line.startsWith(raw, at)) continue;
      const [path = ''] = JSON_PATH.exec(this.line.slice(at + raw.length)) ?? [];
      const end = at + raw.length + path.length;
      const one = `${written}${path}`;
      const read =
        this.after(end, ')', (next) => then(next, `${one})`)) ??
        this.after(end, ', ', (next) => this.names(next, (last, rest) => then(last, `${one}, ${rest}`)));
      if (read !== undefined) return read;
    }
    return undefined;
  }
}
