import type { z } from 'zod';
import { firstIssues } from './first-issues';

export type Read<T> = { ok: true; value: T } | { ok: false; problem: string };

/** What Kalpa, the cluster's tools and its pages write is a few levels deep. More would overflow recursive code. */
const MAX_DEPTH = 64;
/** 100,000 tablets with their replicas are some two millions. */
const MAX_VALUES = 10_000_000;
/** Below this size a schema may report a problem for every value. */
const SHORT_TEXT = 64 * 1024;
const MAX_PROBLEMS = 10;
const MAX_PROBLEM_LENGTH = 200;

const refused = (problem: string): { ok: false; problem: string } => ({ ok: false, problem });

/**
 * Reads JSON that someone else wrote. Depth and number of values are counted before anything is created; invalid
 * Unicode is refused, and only the first few problems are reported.
 */
export function readJson<T>(schema: z.ZodType<T>, text: string): Read<T> {
  const tooMuch = sizeProblem(text);
  if (tooMuch !== undefined) return refused(tooMuch);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('it is not JSON');
  }
  // Only an escape can produce half a surrogate pair: the bytes were UTF-8.
  if (/\\u[dD][89a-fA-F]/.test(text) && !isWellFormed(value)) return refused('a text in it is not well-formed Unicode');
  const first = text.length > SHORT_TEXT ? firstIssues(schema, value) : [];
  if (first.length > 0) return refused(problemOf(first));
  const parsed = schema.safeParse(value);
  return parsed.success ? { ok: true, value: parsed.data } : refused(problemOf(parsed.error.issues));
}

/** Where and what; the author of the text may have chosen the path's names. */
function problemOf(issues: readonly Pick<z.core.$ZodIssue, 'path' | 'message'>[]): string {
  const problems = issues
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => `${cut(path.map(String).join('.')) || 'record'}: ${cut(message)}`);
  const more = issues.length - problems.length;
  return problems.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

const cut = (text: string): string =>
  text.length > MAX_PROBLEM_LENGTH ? `${text.slice(0, MAX_PROBLEM_LENGTH).replace(/[\ud800-\udbff]$/, '')}…` : text;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

function sizeProblem(text: string): string | undefined {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values += 1;
    else if (OPENING.has(code)) {
      depth += 1;
      values += 1;
    } else if (CLOSING.has(code)) depth -= 1;
    if (depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
    if (values > MAX_VALUES) return `it has more than ${MAX_VALUES} values`;
  }
  return undefined;
}

/** Index of the quote that ends the string beginning here. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** For a value at most `DEEPEST` levels deep. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return !LONE_SURROGATE.test(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  return Object.entries(value).every(([key, field]) => isWellFormed(key) && isWellFormed(field));
}
