import { canonical } from '../cql/values/scalars';
import { thawed, typeOf, type CqlType, type ScalarName } from '../cql/values/types';
import { sortedMap, sortedSet, type Stored, type UserTypes } from '../cql/values/values';
import { parseTime } from './times';

/** How COPY FROM reads values. */
export interface ImportOptions {
  nullText: string;
  dateTimeFormat: string;
  booleans: readonly [yes: string, no: string];
}

/** The value of a CSV field. Throws an error with the words of the real one's ParseError. */
export function importValue(type: CqlType, text: string, known: UserTypes, options: ImportOptions): Stored {
  if (text === options.nullText) return null;
  const inner = thawed(type);
  // Parts lose their quotes and the blanks round them; what then equals the NULL text is null.
  const nested = (of: CqlType, part: string): Stored => importValue(of, unquoted(part), known, options);
  switch (inner.kind) {
    case 'scalar':
      return importScalar(inner.name, text, options);
    case 'list':
      return notEmpty(splitParts(text, ',').map((part) => nested(inner.of, part)));
    case 'set':
      return notEmpty(
        sortedSet(
          inner.of,
          splitParts(text, ',').map((part) => nested(inner.of, part)),
        ),
      );
    case 'map':
      return notEmpty(
        sortedMap(
          inner.key,
          pairsIn(text).map(([key, value]) => [nested(inner.key, key), nested(inner.value, value)]),
        ),
      );
    case 'udt': {
      const given = new Map(pairsIn(text).map(([name, value]) => [name.trim().replace(/^"(.*)"$/, '$1'), value]));
      const fields = known.get(inner.name)?.fields ?? [];
      return Object.fromEntries(
        fields.map((field) => [field.name, nested(typeOf(field.type), given.get(field.name) ?? options.nullText)]),
      );
    }
    case 'frozen':
      return null;
  }
}

const notEmpty = (items: Stored[]): Stored => (items.length === 0 ? null : items);

function importScalar(name: ScalarName, text: string, { dateTimeFormat, booleans }: ImportOptions): string {
  if (name === 'text' || name === 'ascii' || name === 'varchar') return text;
  if (name === 'boolean') {
    const at = booleans.findIndex((word) => word.toLowerCase() === text.trim().toLowerCase());
    if (at === -1) throw new Error(`Failed to parse ${text} : Invalid boolean styles`);
    return at === 0 ? 'true' : 'false';
  }
  if (name === 'timestamp') {
    const millis = parseTime(text, dateTimeFormat);
    if (millis !== undefined) return String(millis);
  }
  try {
    return canonical(name, text.trim());
  } catch {
    const why = name.endsWith('int') ? `invalid literal for int() with base 10: '${text}'` : `invalid ${name}`;
    throw new Error(`Failed to parse ${text} : ${why}`);
  }
}

function unquoted(part: string): string {
  const text = part.trim();
  return text.length > 1 && text.startsWith("'") && text.endsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text;
}

function pairsIn(text: string): [string, string][] {
  return splitParts(text, ',').map((part) => {
    const [key = '', ...rest] = splitTop(part, ':');
    return [key, rest.join(':')];
  });
}

/** Parts of what stands between the brackets; none of an empty collection. */
function splitParts(text: string, separator: string): string[] {
  const trimmed = text.trim();
  if (trimmed.length < 2 || !/^[[{(]/.test(trimmed)) throw new Error(`Failed to parse ${text} : no collection`);
  const inside = trimmed.slice(1, -1);
  return inside.trim() === '' ? [] : splitTop(inside, separator);
}

/** Splits where no quote and no bracket is open. */
function splitTop(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === "'") quoted = !quoted;
    else if (quoted) continue;
    else if ('[{('.includes(char)) depth += 1;
    else if (']})'.includes(char)) depth -= 1;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}
