import type { z } from 'zod';

type Issue = Pick<z.core.$ZodIssue, 'path' | 'message'>;

/**
 * The problems of the first wrong item of each list. A schema collects an issue for every item, so that a list of
 * millions of wrong ones takes gigabytes; this checks lists and maps item by item and stops.
 */
export function firstIssues(schema: z.core.$ZodType, value: unknown): Issue[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional' || def.type === 'nullable' || def.type === 'default')
    return value === undefined || value === null ? [] : firstIssues(def.innerType, value);
  if (typeof value !== 'object' || value === null) return [];
  if (def.type === 'array' && Array.isArray(value))
    return firstOf(value.entries(), (item) => firstIssues(def.element, item), def.element);
  if (def.type === 'record' && !Array.isArray(value))
    return firstOf(Object.entries(value), (item) => firstIssues(def.valueType, item), def.valueType);
  if (def.type === 'object')
    return Object.entries(def.shape).flatMap(([key, field]) =>
      firstIssues(field, (value as Record<string, unknown>)[key]).map((issue) => under(key, issue)),
    );
  return [];
}

function firstOf(items: Iterable<[PropertyKey, unknown]>, within: (item: unknown) => Issue[], schema: z.core.$ZodType) {
  for (const [key, item] of items) {
    let issues = within(item); // before the whole item: it may have lists of its own
    if (issues.length === 0) issues = (schema as z.ZodType).safeParse(item).error?.issues ?? [];
    if (issues.length > 0) return issues.map((issue) => under(key, issue));
  }
  return [];
}

const under = (key: PropertyKey, { path, message }: Issue): Issue => ({ path: [key, ...path], message });
