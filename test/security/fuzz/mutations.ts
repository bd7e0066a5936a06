import fc from 'fast-check';

/** What a stranger puts in place of any value. */
const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  -0,
  1e21,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 2,
  '',
  '\ud800',
  'a\udfffb',
  '\0',
  '\u0085\u2028\u2029',
  '../'.repeat(40),
  '__proto__',
  'constructor',
  'x'.repeat(100_000),
  [],
  {},
  Array<unknown>(2_000).fill({}),
  Array<unknown>(2_000).fill('a'),
  deep(40),
  deep(3_000),
  { toString: 1, hasOwnProperty: null, then: 'x', length: 1e9 },
];

type Path = readonly (string | number)[];

/** Every place of a value that could be replaced. */
export function placesOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...at, key]))];
}

type Change =
  | { kind: 'replace'; value: unknown }
  | { kind: 'remove' }
  | { kind: 'twice' }
  | { kind: 'key'; key: string; value: unknown };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant('replace' as const),
    value: fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue({ maxDepth: 3 })),
  }),
  fc.constant({ kind: 'remove' as const }),
  fc.constant({ kind: 'twice' as const }),
  fc.record({
    kind: fc.constant('key' as const),
    key: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toJSON', '\ud800', 'format', 'x'.repeat(50_000)),
    value: fc.constantFrom(...HOSTILE),
  }),
);

/** JSON of a value in which one to three places are changed. Keys may stand twice, `__proto__` may be one of them. */
export function mutatedJson(honest: unknown): fc.Arbitrary<string> {
  const places = placesOf(honest);
  return fc
    .array(fc.tuple(fc.constantFrom(...places), change), { minLength: 1, maxLength: 3 })
    .map((changes) => written(honest, [], changes));
}

function written(value: unknown, at: Path, changes: readonly (readonly [Path, Change])[]): string {
  const here = changes.filter(([path]) => path.length === at.length && path.every((part, i) => part === at[i]));
  const replaced = here.find(([, { kind }]) => kind === 'replace')?.[1];
  if (replaced?.kind === 'replace') return JSON.stringify(replaced.value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const of = (key: string): Change[] =>
    changes
      .filter(
        ([path]) => path.length === at.length + 1 && at.every((part, i) => part === path[i]) && path.at(-1) === key,
      )
      .map(([, one]) => one);
  const items = Object.entries(value).flatMap(([key, inner]) => {
    const kinds = of(key).map(({ kind }) => kind);
    if (kinds.includes('remove')) return [];
    const text = written(inner, [...at, key], changes);
    const item = Array.isArray(value) ? text : `${JSON.stringify(key)}: ${text}`;
    return kinds.includes('twice') ? [item, item] : [item];
  });
  const more = here.flatMap(([, one]) =>
    one.kind === 'key' && !Array.isArray(value) ? [`${JSON.stringify(one.key)}: ${JSON.stringify(one.value)}`] : [],
  );
  const inside = [...items, ...more].join(', ');
  return Array.isArray(value) ? `[${inside}]` : `{${inside}}`;
}

/** Bytes that were cut, that had bits turned, that had something put into them, or that were never anything. */
export function mutatedBytes(honest: Buffer): fc.Arbitrary<Buffer> {
  const place = fc.nat({ max: Math.max(0, honest.length - 1) });
  return fc.oneof(
    place.map((at) => honest.subarray(0, at)),
    fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 }).map((turned) => {
      const bytes = Buffer.from(honest);
      for (const [at, bits] of turned) bytes[at] = (bytes[at] ?? 0) ^ bits;
      return bytes;
    }),
    fc
      .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 16 }))
      .map(([at, more]) => Buffer.concat([honest.subarray(0, at), more, honest.subarray(at)])),
    fc.tuple(place, place).map(([a, b]) => Buffer.concat([honest.subarray(0, a), honest.subarray(b)])),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
}
