/** For a failure's message. Long enough for all findings of a preflight. */
const MAX_MESSAGE_LENGTH = 16_000;
const MAX_STACK_LENGTH = 4_000;
const MAX_CAUSE_LENGTH = 2_000;
/** The maximum depth of a failure's chain of causes. */
const MAX_DEPTH = 4;
/** For one value in a failure's details. */
const MAX_VALUE_LENGTH = 16_000;
const MAX_VALUES = 2_000;

/** The beginning of a text, and how many characters are missing; never cuts a character in half. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return `${kept}… (${text.length - kept.length} more characters)`;
}

/**
 * Shortens an error, its stack, its details and its causes, whatever wrote them (a tool, a server, a bucket), so that
 * reading, redacting and sending them takes bounded time and memory. Works in place: the same error is thrown.
 */
export function boundError<T>(error: T): T {
  const seen = new Set<unknown>();
  let current: unknown = error;
  for (let depth = 0; typeof current === 'object' && current !== null && !seen.has(current); depth += 1) {
    seen.add(current);
    cut(current, 'message', depth === 0 ? MAX_MESSAGE_LENGTH : MAX_CAUSE_LENGTH);
    cut(current, 'stack', depth === 0 ? MAX_STACK_LENGTH : MAX_CAUSE_LENGTH);
    const { cause, details } = current as { cause?: unknown; details?: unknown };
    if (details !== undefined) boundDetails(current, details);
    if (typeof cause === 'string') cut(current, 'cause', MAX_CAUSE_LENGTH);
    if (cause !== undefined && (depth === MAX_DEPTH || seen.has(cause))) Reflect.set(current, 'cause', undefined);
    current = cause;
  }
  return (typeof error === 'string' ? cutText(error, MAX_MESSAGE_LENGTH) : error) as T;
}

function cut(of: object, name: 'message' | 'stack' | 'cause', most: number): void {
  const text: unknown = Reflect.get(of, name);
  if (typeof text === 'string' && text.length > most) Reflect.set(of, name, cutText(text, most));
}

function boundDetails(of: object, details: unknown): void {
  const room = { left: MAX_VALUES };
  const bounded = boundValue(details, room, 0);
  if (bounded !== details) Reflect.set(of, 'details', bounded);
}

/** Returns the same value if nothing in it is too long. */
function boundValue(value: unknown, room: { left: number }, depth: number): unknown {
  room.left -= 1;
  if (typeof value === 'string') return cutText(value, MAX_VALUE_LENGTH);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (room.left < 0 || depth > 8) return '…';
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value as unknown[]) {
      if (room.left <= 0) break;
      items.push(boundValue(item, room, depth + 1));
    }
    return items.length === value.length && items.every((item, at) => item === value[at]) ? value : items;
  }
  const fields: Record<string, unknown> = {};
  let same = true;
  for (const [name, field] of Object.entries(value)) {
    if (room.left <= 0) {
      same = false;
      break;
    }
    const key = cutText(name, 200);
    fields[key] = boundValue(field, room, depth + 1);
    same &&= fields[name] === field;
  }
  return same ? value : fields;
}
