import fc from 'fast-check';
import { gapsOf } from '../../../src/cli/commands/pitr/status';

const at = (second: number): string => new Date(second * 1000).toISOString();
const range = (from: number, to: number) => ({ from: at(from), to: at(to), by: 'b' });

describe('gaps between recoverable ranges', () => {
  it('are what no range covers, between the first and the last', () => {
    expect(gapsOf({ recoverable: [] })).toEqual([]);
    expect(gapsOf({ recoverable: [range(0, 10), range(5, 20), range(6, 8)] })).toEqual([]);
    expect(gapsOf({ recoverable: [range(0, 10), range(2, 3), range(15, 20)] })).toEqual([{ from: at(10), to: at(15) }]);
  });

  it('cover all of the time together with the ranges, and overlap none', () => {
    const ranges = fc.array(fc.tuple(fc.nat(200), fc.nat(30)), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(ranges, (starts) => {
        const recoverable = starts
          .map(([from, length]) => range(from, from + length))
          .sort((a, b) => (a.from < b.from ? -1 : 1));
        const gaps = gapsOf({ recoverable });
        const inside = (list: { from: string; to: string }[], moment: string) =>
          list.some(({ from, to }) => from < moment && moment < to);
        const end = Math.max(...starts.map(([from, length]) => from + length));
        for (let half = starts.map(([from]) => from).sort((a, b) => a - b)[0] ?? 0; half < end; half += 1) {
          const moment = at(half + 0.5);
          expect(inside(gaps, moment)).toBe(!inside(recoverable, moment));
        }
      }),
    );
  });
});
