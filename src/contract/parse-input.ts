import { z } from 'zod';
import { redact } from '../redaction';

/** `InvalidInput.details`: one entry a wrong field. */
export interface InputProblem {
  field: string;
  given: unknown;
  allowed: string;
}

export type ParsedInput<T> = { ok: true; input: T } | { ok: false; message: string; problems: InputProblem[] };

/** A given value, short enough for a message. */
function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : redact(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** What was given in a field, unless the field is named like a secret. */
function givenIn(field: string, value: unknown): unknown {
  const text = JSON.stringify({ [field]: value });
  return redact(text) === text ? value : '[redacted]';
}

/** The value that stands at a path of the input. */
function valueAt(input: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

function fieldsOf(schema: z.ZodObject, path: PropertyKey[]): string {
  return path.length === 0 ? Object.keys(schema.shape).join(', ') : 'the fields of the documentation';
}

/**
 * Checks a workflow's input. The message names each wrong field, what was given and what is allowed.
 * One JSON object is expected; an empty input is read as `{}`, because the UI sends nothing for an empty form.
 */
export function parseInput<S extends z.ZodObject>(
  operation: string,
  schema: S,
  given: unknown,
): ParsedInput<z.output<S>> {
  const input = given === undefined || given === null ? {} : given;
  const parsed = z.safeParse(schema, input); // the schemas of a workflow are frozen: their methods can't be made
  if (parsed.success) return { ok: true, input: parsed.data };
  const problems = parsed.error.issues.flatMap((issue): InputProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: [...issue.path, key].join('.'),
        given: givenIn(key, valueAt(input, [...issue.path, key])),
        allowed: `no such field; the fields are ${fieldsOf(schema, issue.path)}`,
      }));
    }
    const field = issue.path.join('.');
    return [
      {
        field: field === '' ? '(input)' : field,
        given: givenIn(field, valueAt(input, issue.path)),
        allowed: field === '' ? 'one JSON object' : issue.message,
      },
    ];
  });
  const lines = problems.map((p) => `${p.field}: given ${shown(p.given)}, allowed ${p.allowed}`);
  return {
    ok: false,
    problems,
    message: `${operation} refused its input, nothing was changed: ${lines.join('; ')}. Correct ${problems.length === 1 ? 'the field' : 'the fields'} and start it again.`,
  };
}
