import { rangesOfQuotedRows } from './quoted-rows';
import { endOfBrackets, endOfLiteral } from './literals';
import { mergedRanges, REDACTED, type Range } from './ranges';

/**
 * The text without secrets that can be recognised by their context: values of `OPTIONS (…)`, `CONNECTION '…'`,
 * `PASSWORD '…'` and of anything else named like a secret (SQL, CQL, connection strings, JSON, YAML, command-line
 * options), the user part and signed parameters of URLs, authorisation headers, password verifiers and private keys;
 * and without rows quoted by a server. The text may be cut off anywhere at its end, but not at its beginning: redact
 * first, then shorten. Redacting twice changes nothing. Everything that Kalpa quotes (tools, SQL, the store, web pages,
 * statements) goes through this one function before it reaches a message, a history or a log.
 */
export function redact(text: string): string {
  const ranges = [...rangesOfSecrets(text), ...rangesOfQuotedRows(text)];
  if (ranges.length === 0) return text;
  let redacted = '';
  let from = 0;
  for (const { start, end } of mergedRanges(text, ranges)) {
    redacted += text.slice(from, start) + REDACTED;
    from = end;
  }
  return redacted + text.slice(from);
}

/** The beginning of a text for use as a quote in a message: without secrets, on one line. */
export function excerpt(text: string, atMost: number): string {
  // What is redacted gets shorter, so more is looked at than is shown; a value that is cut here counts as one to the
  // end.
  const line = redact(text.slice(0, 16 * atMost))
    .replace(/[\s\0]+/g, ' ')
    .trim();
  return line.length > atMost ? `${line.slice(0, atMost)} …` : line;
}

function* rangesOfSecrets(text: string): Generator<Range> {
  yield* optionLists(text);
  yield* connections(text);
  yield* namedValues(text);
  yield* byPattern(text);
}

/** `OPTIONS (user 'u', password 'p')` of foreign servers, tables and user mappings; `OPTIONS = {…}` of CQL roles. */
function* optionLists(text: string): Generator<Range> {
  let end = 0;
  for (const found of text.matchAll(/\bOPTIONS\s*(?:=\s*)?([({])/gi)) {
    const start = found.index + found[0].length;
    if (start < end) continue;
    end = endOfBrackets(text, start, found[1] === '(' ? ')' : '}');
    if (/['$]/.test(text.slice(start, end))) yield { start, end };
  }
}

/** `CREATE | ALTER SUBSCRIPTION … CONNECTION '…'`. */
function* connections(text: string): Generator<Range> {
  for (const found of text.matchAll(/\bCONNECTION\s+/gi)) {
    const start = found.index + found[0].length;
    const end = endOfLiteral(text, start);
    if (end !== undefined) yield { start, end };
    if (end === text.length) return;
  }
}

const NAME =
  /(passw(?:or)?ds?|passphrase|pwd|secret|credential|token|api[_-]?key|access[_-]?key|private[_-]?key)([\w-]{0,40})(\\*["']\]?)?/gi;
/** Not the secret itself, but where it is. */
const PLACE = /(?:file|path|dir)$/i;
/** These also occur in prose: `token "x"`, `ysql.tokens: …`. */
const CERTAIN = /^(?:passw|passphrase|pwd|secret)/i;
const ASSIGNED = /\s*(?:=>|:=|=)\s*/y;
const AFTER_COLON = /\s*:\s*/y;
const BEFORE_VALUE = /\s+(?:(?:TO|AS|IS)\s+)?/iy;
const WORD = /(?:\\[\s\S]|[^\s\\])+/y;
const UP_TO_AMPERSAND = /[^\s&'"<>#]+/y;
const UP_TO_COMMA = /[^\n,;}\]]+/y;
const NO_SECRET = /^(?:true|false|null|none|undefined)?$/i;

/** What follows the name of a secret. */
function* namedValues(text: string): Generator<Range> {
  for (const found of text.matchAll(NAME)) {
    const [whole, name = '', more = '', closingQuote] = found;
    if (PLACE.test(more)) continue;
    const after = found.index + whole.length;
    const range =
      assigned(text, { at: found.index, after }) ??
      valueAfterColon(text, { at: found.index, after, quoted: closingQuote !== undefined }) ??
      (CERTAIN.test(name) ? valueAfterSpace(text, { at: found.index, after }) : undefined);
    if (!range) continue;
    yield range;
    if (range.end === text.length) return;
  }
}

/** `password = 'x'`, `password=x` of a connection string, `?token=x` of a URL, `secret => x`. */
function assigned(text: string, { at, after }: { at: number; after: number }): Range | undefined {
  const start = matchAfter(ASSIGNED, text, after);
  const inUrl = /[?&][\w.-]{0,40}$/.test(text.slice(Math.max(0, at - 42), at));
  return start === undefined ? undefined : valueAt(text, start, inUrl ? UP_TO_AMPERSAND : WORD);
}

/** `"password": "x"`, `password: x` of JSON and YAML; not `ysql.secret: there is no such database`. */
function valueAfterColon(
  text: string,
  { at, after, quoted }: { at: number; after: number; quoted: boolean },
): Range | undefined {
  const start = matchAfter(AFTER_COLON, text, after);
  if (start === undefined) return undefined;
  const end = endOfLiteral(text, start);
  if (end !== undefined) return { start, end };
  return quoted || !belongsToName(text, at) ? valueAt(text, start, UP_TO_COMMA) : undefined;
}

/** `PASSWORD 'x'`, `ALTER ROLE … SET app.secret TO 'x'`, `--password x`. */
function valueAfterSpace(text: string, { at, after }: { at: number; after: number }): Range | undefined {
  const start = matchAfter(BEFORE_VALUE, text, after);
  if (start === undefined) return undefined;
  const end = endOfLiteral(text, start);
  if (end !== undefined) return { start, end };
  return /(?:^|\s)--[\w-]{0,40}$/.test(text.slice(Math.max(0, at - 44), at)) ? valueAt(text, start, WORD) : undefined;
}

/** The word continues to the left with a dot: a qualified name. */
function belongsToName(text: string, at: number): boolean {
  return /[.][\w-]{0,40}$/.test(text.slice(Math.max(0, at - 42), at));
}

function valueAt(text: string, start: number, bare: RegExp): Range | undefined {
  const end = endOfLiteral(text, start) ?? matchAfter(bare, text, start);
  return end === undefined || NO_SECRET.test(text.slice(start, end)) ? undefined : { start, end };
}

function matchAfter(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Secrets with a recognisable format; the group `secret` is hidden. */
const FORMS: readonly RegExp[] = [
  // user part of a URL; a password may hold what it should not
  /\b[a-z][a-z0-9+.-]{0,30}:\/\/(?<secret>[^\s/?#'"<>]*@)/dgi,
  /\b[a-z][a-z0-9+.-]{0,30}:\/\/(?<secret>[^\s/:@'"<>]{1,256}:(?!\d+\/)[^\s'"<>]{0,512}@)/dgi,
  /[?&](?:x-amz-(?:signature|credential)|signature|awsaccesskeyid|sig|key|code|auth)=(?<secret>[^&\s"'<>#]+)/dgi,
  /\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?(?<secret>[^\n"']+)/dgi,
  /\b(?:set-)?cookie["']?\s*:\s*["']?(?<secret>[^\n"']+)/dgi,
  /\bBearer\s+(?<secret>[\w.~+/=-]{16,})/dg,
  /\bAWS4-HMAC-SHA256\s+(?<secret>Credential=[^\n"']*)/dg,
  /(?<secret>\bSCRAM-SHA-\d+\$[^\s'"]+)/dg,
  /['"](?<secret>md5[0-9a-f]{32})['"]/dg,
  /(?<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$))/dg,
  // libpq about a connection string, and Node about a document
  /missing "=" after (?<secret>".{0,2000}") in connection/dg,
  /, (?<secret>(?:\.{3})?"[\s\S]{0,200}"(?:\.{3})?) is not valid JSON/dg,
];

function* byPattern(text: string): Generator<Range> {
  for (const form of FORMS) {
    for (const found of text.matchAll(form)) {
      const place = found.indices?.groups?.['secret'];
      if (place) yield { start: place[0], end: place[1] };
    }
  }
}
