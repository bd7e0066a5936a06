/**
 * Where a quoted value ends. The text may come from SQL, a connection string, JSON or a shell, and may be cut off
 * anywhere. So a backslash is interpreted in both ways, and the later end counts: hiding too much does no harm. A value
 * without an end extends to the end of the text.
 */

/** `'…'` with its prefixes (E, U&, N, B, X), `"…"`, and `$tag$…$tag$`. */
const OPENING = /(?:[eEnNbBxX]|[uU]&)?'|"|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]{0,62})?\$/y;
const OPENS: ReadonlySet<string | undefined> = new Set("'$eEnNbBxXuU");
/** Quotes inside a quoted text: doubled as in SQL, or after backslashes as in JSON. */
const NESTED = /''(?=[^\s'",;)])|\\+["']/y;

/** The end of the value that is quoted at this position, or undefined if no quoted value begins there. */
export function endOfLiteral(text: string, at: number): number | undefined {
  const nested = openingAt(NESTED, text, at);
  if (nested !== undefined) return endOfNested(text, at + nested.length, nested);
  const opening = openingAt(OPENING, text, at);
  if (opening === undefined) return undefined;
  const from = at + opening.length;
  if (opening.startsWith('$')) return endOf(text, from, opening);
  const quote = opening.at(-1) ?? "'";
  return Math.max(endOfQuoted(text, from, quote, false), endOfQuoted(text, from, quote, true));
}

/** The position after the bracket that closes the one just before `from`; brackets inside quoted values don't count. */
export function endOfBrackets(text: string, from: number, close: ')' | '}'): number {
  return Math.max(endOfGroup(text, from, close, false), endOfGroup(text, from, close, true));
}

function endOfGroup(text: string, from: number, close: ')' | '}', escapes: boolean): number {
  const open = close === ')' ? '(' : '{';
  let depth = 1;
  let at = from;
  while (at < text.length) {
    const opening = OPENS.has(text[at]) ? openingAt(OPENING, text, at) : undefined;
    if (opening !== undefined && opening !== '"') {
      const body = at + opening.length;
      at = opening.startsWith('$')
        ? endOf(text, body, opening)
        : endOfQuoted(text, body, "'", escapes || /^[eE]/.test(opening));
      continue;
    }
    if (text[at] === open) depth += 1;
    if (text[at] === close) depth -= 1;
    if (depth === 0) return at;
    at += 1;
  }
  return text.length;
}

function openingAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function endOf(text: string, from: number, closing: string): number {
  const end = text.indexOf(closing, from);
  return end === -1 ? text.length : end + closing.length;
}

/** The matching closing quotes, not those of a nested quote: `''''`, or one after more backslashes. */
function endOfNested(text: string, from: number, closing: string): number {
  const more = closing === "''" ? /'{2,}/g : /(?<!\\)\\+["']/g;
  more.lastIndex = from;
  for (let found = more.exec(text); found; found = more.exec(text)) {
    const [quotes] = found;
    if (closing === "''" ? quotes.length < 4 : quotes === closing) return found.index + closing.length;
  }
  return text.length;
}

function endOfQuoted(text: string, from: number, quote: string, escapes: boolean): number {
  for (let at = from; at < text.length; at += 1) {
    if (escapes && text[at] === '\\') at += 1;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return text.length;
}
