/** A piece of SQL text: a word, a quoted name, a string or a symbol; or the space between them. */
export interface Token {
  kind: 'word' | 'name' | 'text' | 'sign' | 'space';
  text: string;
}

const PIECE =
  /(?<space>(?:\s|--[^\n]*|\/\*)+?)|(?<name>"(?:[^"]|"")*")|(?<text>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|[bBxX]?'(?:[^']|'')*')|(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[\d.]+(?:[eE][+-]?\d+)?)|(?<sign>[\s\S])/y;

/** Splits SQL into its pieces; joined they are the same text again. Comments count as space. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length;) {
    PIECE.lastIndex = at;
    const groups = PIECE.exec(sql)?.groups ?? {};
    const [kind, found = ''] = Object.entries(groups).find(([, value]) => value !== undefined) ?? [
      'sign',
      sql[at] ?? '',
    ];
    let text = found;
    if (kind === 'space' && text.endsWith('/*')) text = sql.slice(at, endOfComment(sql, at + text.length));
    if (kind === 'dollar') {
      const end = sql.indexOf(text, at + text.length);
      text = sql.slice(at, end === -1 ? sql.length : end + text.length);
    }
    tokens.push({ kind: kind === 'dollar' ? 'text' : (kind as Token['kind']), text });
    at += text.length;
  }
  return tokens;
}

/** Comments nest. `from`: the position after the first opening. */
function endOfComment(sql: string, from: number): number {
  let depth = 1;
  for (let at = from; at < sql.length; at += 1) {
    const two = sql.slice(at, at + 2);
    if (two === '/*') depth += 1;
    if (two === '*/') depth -= 1;
    if (two === '/*' || two === '*/') at += 1;
    if (depth === 0) return at + 1;
  }
  return sql.length;
}

/** Statements, each with the semicolon that ends it. */
export function statementsOf(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [[]];
  for (const token of tokens) {
    statements.at(-1)?.push(token);
    if (token.text === ';' && token.kind === 'sign') statements.push([]);
  }
  return statements.filter((statement) => statement.length > 0);
}

/** A name as the catalog stores it. */
export const plainName = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
