import { z } from 'zod';
import { redact } from '../../redaction';
import { inputProblem } from './plain-input';

/** `InvalidInput.details`: one entry for each wrong field. */
export interface InputProblem extends Record<string, unknown> {
  field: string;
  given: unknown;
  allowed: string;
}

export type ParsedInput<T> = { ok: true; input: T } | { ok: false; message: string; problems: InputProblem[] };

/** Wrong fields named in a message; the others are counted. */
const MAX_PROBLEMS = 20;
const MAX_FIELD_LENGTH = 200;
const MAX_VALUE_LENGTH = 1000;

const cut = (text: string, atMost: number): string =>
  text.length > atMost ? `${text.slice(0, atMost - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;

/** A given value, short enough for a message. */
function shown(value: unknown): string {
  return value === undefined ? 'nothing' : cut(redact(JSON.stringify(value)), 80);
}

/** The value given in a field, unless the field is named like a secret; of a long value its beginning, as text. */
function givenIn(field: string, value: unknown): unknown {
  const text = JSON.stringify({ [field]: value });
  if (text.length > MAX_VALUE_LENGTH) return cut(redact(text.slice(0, MAX_VALUE_LENGTH * 2)), MAX_VALUE_LENGTH);
  return redact(text) === text ? value : '[redacted]';
}

/** The value at a path of the input. */
function valueAt(input: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

function fieldsOf(schema: z.ZodType, path: PropertyKey[]): string {
  return path.length === 0 && schema instanceof z.ZodObject
    ? Object.keys(schema.shape).join(', ')
    : 'the fields of the documentation';
}

/**
 * Checks the input of a workflow, activity or signal. The message names each wrong field, what was given and what is
 * allowed; of many, only the first, so that a refusal is small whatever was sent. One JSON object is expected; an empty
 * input is read as `{}`, because the UI sends nothing for an empty form.
 */
export function parseInput<S extends z.ZodType>(
  operation: string,
  schema: S,
  given: unknown,
): ParsedInput<z.output<S>> {
  const input = given === undefined || given === null ? {} : given;
  const unfit = inputProblem(input);
  if (unfit !== undefined)
    return refusal(operation, 1, [{ field: '(input)', given: 'a value that can not be shown', allowed: unfit }]);
  // the schemas of a workflow are frozen, so their lazily created methods are not available
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return { ok: true, input: parsed.data };
  const all = parsed.error.issues.flatMap(wrongPlaces);
  const problems = all.slice(0, MAX_PROBLEMS).map(({ path, key, message }): InputProblem => {
    const field = [...path, ...(key === undefined ? [] : [key])].join('.');
    if (key !== undefined)
      return {
        field: cut(field, MAX_FIELD_LENGTH),
        given: givenIn(key, valueAt(input, [...path, key])),
        allowed: `no such field; the fields are ${fieldsOf(schema, path)}`,
      };
    return {
      field: field === '' ? '(input)' : cut(field, MAX_FIELD_LENGTH),
      given: givenIn(field, valueAt(input, path)),
      allowed: field === '' ? 'one JSON object' : message,
    };
  });
  return refusal(operation, all.length, problems);
}

interface WrongPlace {
  path: PropertyKey[];
  /** A field that does not exist. */
  key?: string;
  message: string;
}

function wrongPlaces(issue: z.core.$ZodIssue): WrongPlace[] {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path, key, message }));
  return [{ path, message }];
}

function refusal(operation: string, count: number, problems: InputProblem[]): { ok: false } & Refusal {
  const lines = problems.map((p) => `${p.field}: given ${shown(p.given)}, allowed ${p.allowed}`);
  const more = count > problems.length ? `; and ${count - problems.length} more` : '';
  return {
    ok: false,
    problems,
    message: `${operation} refused its input, nothing was changed: ${lines.join('; ')}${more}. Correct ${count === 1 ? 'the field' : 'the fields'} and start it again.`,
  };
}

type Refusal = Omit<Extract<ParsedInput<never>, { ok: false }>, 'ok'>;
