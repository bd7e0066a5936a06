import fc from 'fast-check';
import { Costs, usageOf, type Holding } from '../../src/retention';

/** Objects, each of one owner, with whoever needs it beside that. */
interface Bucket {
  objects: { owner: number; bytes: number; needs: boolean[] }[];
  deleted: boolean[];
  going: boolean[];
}

const N = 6;
const bucket: fc.Arbitrary<Bucket> = fc.record({
  objects: fc.array(
    fc.record({
      owner: fc.nat(N - 1),
      bytes: fc.integer({ min: 1, max: 50 }),
      needs: fc.array(fc.boolean(), { minLength: N, maxLength: N }),
    }),
    { maxLength: 12 },
  ),
  deleted: fc.array(fc.boolean(), { minLength: N, maxLength: N }),
  going: fc.array(fc.boolean(), { minLength: N, maxLength: N }),
});

const idOf = (n: number): string => `backup-${n}`;
const numbers = Array.from({ length: N }, (_, n) => n);
const sum = (of: readonly { bytes: number }[]): number => of.reduce((total, { bytes }) => total + bytes, 0);

/** Only a later one refers to an owner. */
const needsIt = ({ owner, needs }: Bucket['objects'][number], n: number): boolean => n > owner && needs[n] === true;

function holdings({ objects, deleted }: Bucket): Holding[] {
  return numbers.map((n) => ({
    id: idOf(n),
    ownBytes: sum(objects.filter(({ owner }) => owner === n)),
    refersTo: numbers.flatMap((owner) => {
      const bytes = sum(objects.filter((one) => one.owner === owner && needsIt(one, n)));
      return bytes === 0 ? [] : [{ id: idOf(owner), bytes }];
    }),
    deleted: deleted[n] === true,
  }));
}

/** By looking at each object: what is left once everything that is gone is swept. */
const left = ({ objects }: Bucket, gone: (n: number) => boolean): number =>
  sum(objects.filter((one) => !gone(one.owner) || numbers.some((n) => !gone(n) && needsIt(one, n))));

describe('26.3: what deletions free, from records only', () => {
  it('is never more than the objects show, and exactly so much where it says so', () => {
    let [exact, atLeast] = [0, 0];
    fc.assert(
      fc.property(bucket, (given) => {
        const isDeleted = (n: number): boolean => given.deleted[n] === true;
        const goes = (n: number): boolean => isDeleted(n) || given.going[n] === true;
        const really = left(given, isDeleted) - left(given, goes);
        const told = new Costs(holdings(given)).freedBy(numbers.filter((n) => given.going[n]).map(idOf));
        expect(told.bytes).toBeLessThanOrEqual(really);
        if (told.exact) expect(told.bytes).toBe(really);
        if (told.exact) exact += 1;
        else atLeast += 1;
        for (const n of numbers.filter((one) => !isDeleted(one))) {
          const alone = new Costs(holdings(given)).freedBy([idOf(n)]);
          const gone = (one: number): boolean => isDeleted(one) || one === n;
          expect(alone.bytes).toBeLessThanOrEqual(left(given, isDeleted) - left(given, gone));
          if (alone.exact) expect(alone.bytes).toBe(left(given, isDeleted) - left(given, gone));
        }
      }),
      { numRuns: 3_000 },
    );
    expect(exact).toBeGreaterThan(atLeast / 4); // it does say something
  });

  it('a chain in which nothing changed: the first can not be freed alone, all of it can, and that is exact', () => {
    const chain: Holding[] = Array.from({ length: 5 }, (_, n) => ({
      id: idOf(n),
      ownBytes: n === 0 ? 1000 : 1,
      refersTo: n === 0 ? [] : [{ id: idOf(0), bytes: 1000 }],
    }));
    const costs = new Costs(chain);
    expect(costs.freedBy([idOf(0)])).toEqual({ bytes: 0, exact: true });
    expect(costs.freedBy([idOf(3)])).toEqual({ bytes: 1, exact: true });
    expect(costs.sharedBytes(idOf(0))).toBe(1000);
    expect(costs.freedBy(chain.map(({ id }) => id))).toEqual({ bytes: 1004, exact: true });
  });

  it('what a deleted backup holds goes with the last one that needs it', () => {
    const costs = new Costs([
      { id: 'a', ownBytes: 100, deleted: true },
      { id: 'b', ownBytes: 10, refersTo: [{ id: 'a', bytes: 80 }] },
    ]);
    expect(costs.freedBy(['b'])).toEqual({ bytes: 90, exact: true });
    expect(costs.freedBy(['a'])).toEqual({ bytes: 0, exact: true });
  });

  it('two that need parts of the same: at least', () => {
    const costs = new Costs([
      { id: 'a', ownBytes: 100 },
      { id: 'b', ownBytes: 0, refersTo: [{ id: 'a', bytes: 40 }] },
      { id: 'c', ownBytes: 0, refersTo: [{ id: 'a', bytes: 30 }] },
    ]);
    expect(costs.freedBy(['a'])).toEqual({ bytes: 30, exact: false });
  });

  it('totals are by database and label, and what is deleted is counted apart', () => {
    const one = { kind: 'backup' as const, database: 'ysql.orders', bytes: 100, ownBytes: 100 };
    const { groups, total, deletedBytes } = usageOf([
      { ...one, id: 'a' },
      { ...one, id: 'b', ownBytes: 5, refersTo: [{ id: 'a', bytes: 95 }] },
      { ...one, id: 'c', label: 'release' },
      { ...one, id: 'd', kind: 'dump' },
      { ...one, id: 'e', deleted: true, ownBytes: 7 },
    ]);
    expect(groups).toMatchObject([
      { kind: 'backup', count: 2, bytes: 200, ownBytes: 105, freed: { bytes: 105, exact: true } },
      { kind: 'backup', label: 'release', count: 1 },
      { kind: 'dump', count: 1 },
    ]);
    expect({ ...total, deletedBytes }).toMatchObject({ count: 4, bytes: 400, ownBytes: 305, deletedBytes: 7 });
  });

  it('costs no more for each of many', () => {
    const many = (n: number): number => {
      const chain: Holding[] = Array.from({ length: n }, (_, i) => ({
        id: idOf(i),
        ownBytes: 10,
        refersTo: Array.from({ length: Math.min(i, 20) }, (__, back) => ({ id: idOf(i - 1 - back), bytes: 1 })),
      }));
      const began = performance.now();
      const costs = new Costs(chain);
      for (const { id } of chain) costs.freedBy([id]);
      return (performance.now() - began) / n;
    };
    many(1_000); // compiled
    const small = Math.min(many(2_000), many(2_000), many(2_000));
    expect(Math.min(many(10_000), many(10_000))).toBeLessThan(small * 4 + 0.01);
  });
});
