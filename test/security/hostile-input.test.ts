import fc from 'fast-check';
import type { z } from 'zod';
import { controlInputs } from '../../src/activities/inputs/control';
import { nodeInputs } from '../../src/activities/inputs/node';
import { makeControlActivities } from '../../src/activities/control';
import { makeNodeActivities } from '../../src/activities/node';
import { limitsSchema, operations, parseInput } from '../../src/contract';
import { internalInputs, signalInputs } from '../../src/contract/internal';
import { runs } from '../support/matrix';

const schemas: [string, z.ZodType][] = [
  ...Object.entries(operations).map(([name, { input }]): [string, z.ZodType] => [name, input]),
  ...Object.entries(internalInputs),
  ...Object.entries(signalInputs),
  ['setLimits', limitsSchema],
  ...Object.entries(controlInputs).flatMap(([name, schema]): [string, z.ZodType][] => (schema ? [[name, schema]] : [])),
  ...Object.entries(nodeInputs),
];

/** A refusal is small, whatever was sent. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** Everything that JSON can carry to a worker, with the names of our fields in it. */
function anythingFor(schema: z.ZodType): fc.Arbitrary<unknown> {
  const fields = Object.keys((schema as Partial<z.ZodObject>).shape ?? {});
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\ud800',
      'ysql.\udfff',
      '../../x',
      '99999999999999999999w',
      -1,
      1e308,
      'ysql.a',
      'kalpa_000000000000',
    ),
    fc.constantFrom({}, [], null, { chain: {} }, { kind: 'newKeyspace' }, '1h', '2026-02-31T00:00:00Z'),
  );
  const named = fields.length === 0 ? value : fc.dictionary(fc.constantFrom(...fields, 'else'), value);
  return fc.oneof(value, named);
}

describe('what a caller sends', () => {
  it.each(schemas)('23.10: to %s is taken or refused in few words, and nothing else is thrown', (name, schema) => {
    fc.assert(
      fc.property(anythingFor(schema), (given) => {
        const parsed = parseInput(name, schema, given);
        if (parsed.ok) return;
        expect(parsed.problems.length).toBeGreaterThan(0);
        expect(JSON.stringify([parsed.message, parsed.problems]).length).toBeLessThan(MAX_REFUSAL_BYTES);
        expect(parsed.message + JSON.stringify(parsed.problems)).not.toMatch(/\p{Surrogate}/u);
      }),
      { numRuns: runs(100, 8) },
    );
  });

  const keys = (n: number, length = 5): Record<string, number> =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`.padEnd(length, 'x'), i]));
  let deep: unknown = 1;
  for (let i = 0; i < 5_000; i += 1) deep = [deep];

  it.each([
    ['20,000 unknown fields', { database: 'ysql.orders', ...keys(20_000) }],
    ['twenty fields with names of 100 kB', keys(20, 100_000)],
    ['a million values', { database: Array.from({ length: 1_000_000 }, () => 0) }],
    ['a value 5,000 levels deep', { database: deep }],
    ['one text of 2 MB', { database: 'x'.repeat(2_000_000) }],
  ])('23.9: with %s, it is refused at once and in few words', (_what, given) => {
    const began = performance.now();
    const parsed = parseInput('backUpDatabase', operations.backUpDatabase.input, given);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed).length).toBeLessThan(MAX_REFUSAL_BYTES);
  });

  it('23.10: a duration beyond a century and an "ago" before the cluster was, are no durations', () => {
    const refused = (given: unknown): boolean =>
      !parseInput('recoverToPointInTime', operations.recoverToPointInTime.input, given).ok;
    for (const ago of ['99999999999999999999w', '5300w', '21 years', `${'9'.repeat(400)}s`])
      expect({ ago, refused: refused({ database: 'ysql.a', as: 'b', ago }) }).toEqual({ ago, refused: true });
    expect(refused({ database: 'ysql.a', as: 'b', ago: '7 days' })).toBe(false);
  });
});

describe('an activity that a foreign workflow calls', () => {
  const limits = { version: 1 };
  const work = { key: 'clusters/demo/work/w/l-0.ndjson.gz', sha256: 'a'.repeat(64), files: 1, bytes: 1 };
  const placed = {
    ...{ uuid: 'a'.repeat(32), snapshotId: '0d4b4935-2c95-4523-95ab-9ead1e95e794', runKey: 'r/1', limits },
    ...{ batch: { n: 1, work, tablets: 1 }, attemptToken: 'abcdef' },
  };
  // the dependencies are destructured where activities are made, and used when they are called
  const node = makeNodeActivities({} as never);

  it.each([
    ['a snapshot id that leaves its folder', { snapshotId: '../../../../home/yugabyte' }],
    ['a snapshot id with a path in it', { snapshotId: 'x/../../y' }],
    ['a snapshot id with a NUL byte', { snapshotId: 'a\0b' }],
    ['a part of a temporary name that is a path', { attemptToken: '../../x' }],
    ['a list that is not of the repository', { batch: { n: 1, work: { ...work, key: '../../other' }, tablets: 1 } }],
    ['nothing that it needs', { batch: undefined }],
  ])('23.4: is refused with %s, without a retry and before it does anything', async (_what, wrong) => {
    const refused: unknown = await node.placeTablets({ ...placed, ...wrong } as never).catch((error: unknown) => error);
    expect(refused).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect((refused as Error).message).toMatch(/^placeTablets refused its input, nothing was changed: /);
  });

  it('23.4: every activity that takes an input refuses a wrong one without a retry', async () => {
    const control = makeControlActivities(new Proxy({}, { get: () => ({}) }) as never);
    for (const [name, schema] of Object.entries({ ...controlInputs, ...nodeInputs })) {
      if (schema === null) continue;
      const activity = { ...control, ...node }[name as 'undo'];
      const refused: unknown = await activity([['x']] as never).catch((error: unknown) => error);
      expect({ name, type: (refused as { type?: string }).type }).toEqual({ name, type: 'InvalidInput' });
    }
  });
});
