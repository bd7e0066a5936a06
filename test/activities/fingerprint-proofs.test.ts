import {
  BUSY,
  EXPIRING,
  readAtSnapshot,
  unchangedAroundSnapshot,
} from '../../src/activities/control/fingerprint/proofs';
import { quietTablets } from '../../src/activities/control/fingerprint/quiet-tablets';
import type { FingerprintLine } from '../../src/activities/work-lines';

const line = (name: string, more: Partial<FingerprintLine> = {}): FingerprintLine => ({
  schema: 'public',
  name,
  rows: 10,
  ...more,
});
const replica = (tserver: string, tablet: string, written: number, open = 0) => ({ tserver, tablet, written, open });

describe('tablets that count as unchanged', () => {
  const first = [replica('a', 't1', 5), replica('b', 't1', 5), replica('a', 't2', 7), replica('b', 't2', 7)];

  it('22.8: are those whose counters do not change on any replica', () => {
    expect(quietTablets(first, first)).toEqual(new Set(['t1', 't2']));
    const written = [replica('a', 't1', 5), replica('b', 't1', 6), ...first.slice(2)];
    expect(quietTablets(first, written)).toEqual(new Set(['t2']));
  });

  it('22.8: are not those that a transaction was open in, or whose replicas are others', () => {
    expect(quietTablets([replica('a', 't1', 5, 1)], [replica('a', 't1', 5)])).toEqual(new Set());
    expect(quietTablets(first, first.slice(1))).toEqual(new Set(['t2']));
    expect(quietTablets(first, [...first, replica('c', 't2', 7)])).toEqual(new Set(['t1']));
    expect(quietTablets(first, [replica('c', 't1', 5), replica('b', 't1', 5)])).toEqual(new Set());
    expect(quietTablets([], first)).toEqual(new Set());
    expect(quietTablets(first, [])).toEqual(new Set());
  });
});

describe('figures that were the same before and after the snapshot', () => {
  const tables = new Map([
    ['public.still', { tablets: ['t1', 't2'] }],
    ['public.queue', { tablets: ['t3'] }],
    ['public.split', { tablets: [] }],
  ]);
  const quiet = new Set(['t1', 't2']);
  const none = new Set<string>();

  it('22.8: are exact for a table whose tablets are all unchanged, and approximate for all others', () => {
    const counted = [
      line('still'),
      line('queue'),
      line('split'),
      line('new'),
      line('locked', { notCounted: 'locked' }),
    ];
    expect(unchangedAroundSnapshot(counted, { tables, quiet, expiring: none })).toEqual([
      line('still'),
      line('queue', { approximate: BUSY }),
      line('split', { approximate: BUSY }),
      line('new', { approximate: BUSY }),
      line('locked', { notCounted: 'locked' }),
    ]);
    expect(unchangedAroundSnapshot([line('still')], { tables, quiet: new Set(['t1']), expiring: none })).toEqual([
      line('still', { approximate: BUSY }),
    ]);
  });

  it('22.8: are approximate where rows expire (TTL)', () => {
    const sessions = { schema: '', name: 'sessions', rows: 4 };
    const seen = { tables: new Map([['.sessions', { tablets: ['t1'] }]]), quiet, expiring: new Set(['.sessions']) };
    expect(unchangedAroundSnapshot([sessions], seen)).toEqual([{ ...sessions, approximate: EXPIRING }]);
  });
});

describe("figures read as of the snapshot's time", () => {
  const storage = new Map([['public.queue', '1/1']]);
  const seen = { storageBefore: storage, storageAfter: storage, sameSchema: true };

  it('22.8: are exact', () => {
    expect(readAtSnapshot([line('queue', { digest: 'd' })], seen)).toEqual([line('queue', { digest: 'd' })]);
  });

  it.each([
    ['its storage was replaced', { ...seen, storageAfter: new Map([['public.queue', '1/2']]) }, /truncated, refreshed/],
    ['nobody knows its storage', { ...seen, storageAfter: new Map<string, string>() }, /truncated, refreshed/],
    ['the schema changed', { ...seen, sameSchema: false }, /schema was changed/],
  ])('22.8: are not used where %s', (_, but, reason) => {
    const [read] = readAtSnapshot([line('queue', { rows: 0 })], but);
    expect(read).toEqual({ schema: 'public', name: 'queue', notCounted: expect.stringMatching(reason) as string });
  });
});
