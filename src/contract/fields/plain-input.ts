/** Values within one input: more than any list that travels through a history. */
const VALUES_AT_MOST = 100_000;
const DEPTH_AT_MOST = 32;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a text is well-formed Unicode: half a surrogate pair can be sent as JSON, and can't be encoded anywhere. */
export const isWellFormed = (text: string): boolean => !LONE_SURROGATE.test(text);

/**
 * Why a value is not looked at any closer, or undefined. Asked before a schema is: what is too much or too deep costs
 * little here, and a schema would make a problem of each value.
 */
export function inputProblem(given: unknown): string | undefined {
  const open: { value: unknown; depth: number }[] = [{ value: given, depth: 0 }];
  let values = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string' && !isWellFormed(value)) return 'text that is well-formed Unicode';
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= DEPTH_AT_MOST) return `at most ${DEPTH_AT_MOST} levels`;
    // counted before anything is made of them
    const keys = Array.isArray(value) ? undefined : Object.keys(value);
    values += keys?.length ?? (value as unknown[]).length;
    if (values > VALUES_AT_MOST) return `at most ${VALUES_AT_MOST} values`;
    if (keys?.some((key) => !isWellFormed(key))) return 'names of fields that are well-formed Unicode';
    for (const inner of Object.values(value)) open.push({ value: inner, depth: depth + 1 });
  }
  return undefined;
}
