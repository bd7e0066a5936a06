import fc from 'fast-check';
import { durationMs, formatMicros, instantMicros } from '../../src/contract';

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['1h 5m', 3_900_000],
    ['7 days', 604_800_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    ['2 weeks', 1_209_600_000],
  ])('reads %j', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', '5', 'soon', '-5s', '5 parsecs', '1h and more', 'P1D'])(
    'refuses %j, which has no unit or no sense',
    (text) => {
      expect(durationMs(text)).toBeUndefined();
    },
  );
});

describe('instants', () => {
  it('reads RFC 3339 with any zone and 16-digit microseconds as the same moment', () => {
    const expected = '1795312800123456';
    expect(instantMicros('2026-11-22T02:00:00.123456Z')).toBe(expected);
    expect(instantMicros('2026-11-22T03:30:00.123456+01:30')).toBe(expected);
    expect(instantMicros(expected)).toBe(expected);
  });

  it.each([
    '2026-11-22',
    '2026-11-22T02:00:00',
    '1795312800',
    '1795312800123',
    'now',
    '2026-13-01T00:00:00Z',
    '2026-02-31T00:00:00Z',
    '2026-11-22T25:00:00Z',
  ])('refuses %j: no zone, no such day, or another unit', (text) => {
    expect(instantMicros(text)).toBeUndefined();
  });

  it('is returned as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1_000_000_000_000_000n, max: 9_000_000_000_000_000n }), (micros) => {
        expect(instantMicros(formatMicros(String(micros)))).toBe(String(micros));
      }),
    );
  });
});
