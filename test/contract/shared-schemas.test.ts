import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const CONTRACT = join(__dirname, '../../src/contract');
const exported = readdirSync(CONTRACT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => Object.values(jest.requireActual<Record<string, unknown>>(join(CONTRACT, file))));

/** Every regular expression below a value, of schemas those of their inner parts. */
function patterns(value: unknown, seen = new Set<unknown>()): RegExp[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  if (value instanceof RegExp) return [value];
  const schema = value as { _zod?: { def: object } };
  return Object.values(schema._zod ? schema._zod.def : value).flatMap((part) => patterns(part, seen));
}

describe('what the runs of a worker share (preloaded.ts)', () => {
  const ofSchemas = new Set(
    exported
      .filter((value) => typeof value === 'object' && value !== null && '_zod' in value)
      .flatMap((schema) => patterns(schema)),
  );

  it('no pattern of a schema is exported by itself: frozen, it would end each workflow task that checks an input with it', () => {
    expect(ofSchemas.size).toBeGreaterThan(3);
    expect(exported.filter((value) => value instanceof RegExp && ofSchemas.has(value))).toEqual([]);
  });

  it('every folder of the contract is preloaded: a schema that is frozen with another module checks no inputs', () => {
    const preloaded = readFileSync(join(__dirname, '../../src/workflows/run/preloaded.ts'), 'utf8');
    const loaded = [...preloaded.matchAll(/require\.context\('\.\.\/\.\.\/contract\/?(.*?)'/g)].map(
      ([, folder]) => folder,
    );
    const folders = readdirSync(CONTRACT, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => relative(CONTRACT, join(entry.parentPath, entry.name)));
    expect([...loaded].sort()).toEqual(['', ...folders].sort());
  });

  it('no exported pattern keeps a place (g, y)', () => {
    expect(exported.filter((value) => value instanceof RegExp && (value.global || value.sticky))).toEqual([]);
  });
});
