import { endOfBrackets, endOfLiteral } from './literals';
import type { Range } from './ranges';

/** Messages of PostgreSQL and the CQL shell that quote a value of a row, up to the end of that value. */
const QUOTED_VALUES: readonly RegExp[] = [
  /invalid input (?:syntax|value) for [\w "]{1,80}?: (?<value>"(?:[^\n]*"|[\s\S]*?(?:"|$)))/dg,
  /malformed (?:array|record|range|multirange) literal: (?<value>"(?:[^\n]*"|[\s\S]*?(?:"|$)))/dg,
  /\bvalue (?<value>"[^"]{0,2000}") is out of range for type/dg,
  /\b(?:date|time|interval|timestamp)[\w/ ]{0,40} out of range: (?<value>"(?:[^\n]*"|[\s\S]*?(?:"|$)))/dg,
  /\bFailed to parse (?<value>[^\n]*?)(?=,\s+(?:given up|will retry)|\n|$)/dg,
];

/** Row values quoted by a server, by a statement, or by psql's excerpt of a statement. */
export function* rangesOfQuotedRows(text: string): Generator<Range> {
  for (const form of QUOTED_VALUES) {
    for (const found of text.matchAll(form)) {
      const place = found.indices?.groups?.['value'];
      if (place) yield { start: place[0], end: place[1] };
    }
  }
  yield* literalsNamedAsErrors(text);
  yield* excerptsOfStatements(text);
  yield* insertedValues(text);
}

/** `syntax error at or near "'value'"`. */
function* literalsNamedAsErrors(text: string): Generator<Range> {
  for (const found of text.matchAll(/at or near "(?=(?:[eEnNbBxX]|[uU]&)?['$])/g)) {
    const start = found.index + found[0].length;
    const end = endOfLiteral(text, start);
    if (end !== undefined) yield { start, end };
    if (end === text.length) return;
  }
}

/** `LINE 7: …me 'value' …`: cut off at both ends, so it is impossible to tell what was quoted in it. */
function* excerptsOfStatements(text: string): Generator<Range> {
  for (const found of text.matchAll(/(?<=^|\n)(?:\S[^\n]*?: )?LINE \d+: (?<words>[^\n]*)/dg)) {
    const [start, end] = found.indices?.groups?.['words'] ?? [0, 0];
    if (/^\.\.\.|['$]/.test(text.slice(start, end))) yield { start, end };
  }
}

/** `INSERT INTO … VALUES (…), (…)`. */
function* insertedValues(text: string): Generator<Range> {
  let end = 0;
  for (const found of text.matchAll(/\bINSERT\s+INTO\s[^;]{1,4000}?\bVALUES\s*\(/gi)) {
    const start = found.index + found[0].length;
    if (start < end) continue;
    end = endOfBrackets(text, start, ')');
    for (let next = nextRow(text, end); next !== undefined; next = nextRow(text, end))
      end = endOfBrackets(text, next, ')');
    yield { start, end };
  }
}

/** The position after the bracket that opens another row. */
function nextRow(text: string, at: number): number | undefined {
  const opening = /\)\s*,\s*\(/y;
  opening.lastIndex = at;
  return opening.test(text) ? opening.lastIndex : undefined;
}
