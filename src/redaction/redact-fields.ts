import { REDACTED } from './ranges';
import { redact } from './redact';

/** Deeper than anything that is logged on purpose. */
const MAX_DEPTH = 8;
const SECRET_NAME =
  /passw(?:or)?d|passphrase|pwd$|secret|credential|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|cookie/i;
const PLACE = /(?:file|path|dir)$/i;

/**
 * Fields that are logged or sent with a message, as plain JSON: every text goes through `redact`, values of fields
 * named like a secret are hidden entirely, and of an error only type, message, stack and cause remain (other fields of
 * an SDK's error may contain signed requests).
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return recordOf(fields, []);
}

/** Redacts an error in place, with its stack, its details and its causes, and returns it. */
export function redactFailure<T>(error: T): T {
  const seen = new Set<unknown>();
  for (let current: unknown = error; isRecord(current) && !seen.has(current); current = current['cause']) {
    seen.add(current);
    for (const name of ['message', 'stack'] as const) {
      const text = current[name];
      if (typeof text !== 'string') continue;
      const redacted = redact(text);
      // Some errors are frozen, and most contain no secret: only what changes is written.
      if (redacted !== text) Reflect.set(current, name, redacted);
    }
    if (Array.isArray(current['details'])) Reflect.set(current, 'details', valueOf(current['details'], []));
  }
  return error;
}

function valueOf(value: unknown, above: readonly unknown[]): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (above.includes(value) || above.length >= MAX_DEPTH) return '…';
  const within = [...above, value];
  if (value instanceof Error) return errorOf(value, within);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.map((item) => valueOf(item, within));
  return recordOf(value as Record<string, unknown>, within);
}

function recordOf(fields: Readonly<Record<string, unknown>>, above: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' && SECRET_NAME.test(name) && !PLACE.test(name) ? REDACTED : valueOf(value, above),
    ]),
  );
}

function errorOf(error: Error, within: readonly unknown[]): Record<string, unknown> {
  const { type, cause } = error as Error & { type?: unknown };
  return {
    type: typeof type === 'string' ? type : error.name,
    message: redact(error.message),
    ...(error.stack === undefined ? {} : { stack: redact(error.stack) }),
    ...(cause === undefined || cause === null ? {} : { cause: valueOf(cause, within) }),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
