/**
 * JSON with sorted keys and an indent of two: the same value always has the same bytes, in whatever order its fields
 * were set, and people can read it. Fields that are `undefined` are left out.
 */
export function canonicalJson(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(sorted(value), null, 2)}\n`);
}

/** One line of NDJSON; keeps the order of its fields, which the caller determines. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([key, field]) => [key, sorted(field)]),
  );
}
