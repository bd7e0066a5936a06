/** Values within one input: more than any list that passes through a history. */
const MAX_VALUES = 100_000;
const MAX_DEPTH = 32;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a text is well-formed Unicode: half a surrogate pair can be sent as JSON, and can't be encoded anywhere. */
export const isWellFormed = (text: string): boolean => !LONE_SURROGATE.test(text);

/**
 * Why a value is not checked any further, or undefined. Called before a schema: too many or too deeply nested values
 * are found cheaply here, while a schema would report a problem for each.
 */
export function inputProblem(given: unknown): string | undefined {
  const open: { value: unknown; depth: number }[] = [{ value: given, depth: 0 }];
  let values = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string' && !isWellFormed(value)) return 'text that is well-formed Unicode';
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= MAX_DEPTH) return `at most ${MAX_DEPTH} levels`;
    // counted before anything is created from them
    const keys = Array.isArray(value) ? undefined : Object.keys(value);
    values += keys?.length ?? (value as unknown[]).length;
    if (values > MAX_VALUES) return `at most ${MAX_VALUES} values`;
    if (keys?.some((key) => !isWellFormed(key))) return 'names of fields that are well-formed Unicode';
    for (const inner of Object.values(value)) open.push({ value: inner, depth: depth + 1 });
  }
  return undefined;
}
