import fc from 'fast-check';
import { SLOT_BYTES } from '../../src/transfer/limits/slot-pool';
import { rangesOf } from '../../src/transfer/download/plan-download';

const MIB = 1024 * 1024;
const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);

describe('the ranges of a large file', () => {
  it('cover it, none larger than a slot, and hardly more than slots of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: SLOT_BYTES + 1, max: 2 ** 34 }), (size) => {
        const ranges = rangesOf(size);
        expect(sum(ranges)).toBe(size);
        expect(Math.min(...ranges.slice(0, 1000))).toBeGreaterThan(0);
        expect(ranges.some((bytes) => bytes > SLOT_BYTES)).toBe(false);
        expect(ranges.length).toBeLessThanOrEqual(Math.ceil(size / SLOT_BYTES) + 24);
      }),
      { numRuns: 30 },
    );
  });

  it('are small where it begins and ends, so that its hash neither waits nor trails', () => {
    const ranges = rangesOf(1024 * MIB);
    expect(sum(ranges.slice(0, 4))).toBe(SLOT_BYTES);
    expect(ranges.slice(-2).every((bytes) => bytes <= 2 * MIB)).toBe(true);
    // Those between begin where the parts of an upload begin.
    const middle = ranges.indexOf(SLOT_BYTES);
    expect(sum(ranges.slice(0, middle)) % SLOT_BYTES).toBe(0);
  });

  it('of a file of few slots are slots', () => {
    expect(rangesOf(SLOT_BYTES + 1)).toEqual([SLOT_BYTES, 1]);
  });
});
