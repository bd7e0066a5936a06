import fc from 'fast-check';
import type { Policies } from '../../src/contract';
import { brokenPromises, plan, simulate, type BackupOrDump } from '../../src/retention';
import { backupAt, DAY, HOUR, NOW, series } from './backups';

const slots = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
const keep = fc.record({ last: slots, hourly: slots, daily: slots, weekly: slots, monthly: slots, yearly: slots });
const policies: fc.Arbitrary<Policies> = fc.record({
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
  keep: fc.option(keep, { nil: undefined }),
  minimumCopies: fc.integer({ min: 1, max: 6 }),
  recoveryWindow: fc.constantFrom(undefined, '12h', '3 days', '40 days'),
  labels: fc.constantFrom(undefined, { a: { keep: { last: 2 } } }, { a: { keepFor: '2 days' } }),
});
const backup: fc.Arbitrary<BackupOrDump> = fc
  .record({
    at: fc.integer({ min: NOW - 900 * DAY, max: NOW }),
    database: fc.constantFrom('ysql.a', 'ysql.b'),
    kind: fc.constantFrom('backup' as const, 'backup' as const, 'dump' as const),
    label: fc.constantFrom(undefined, 'a', 'b'),
    keepForMs: fc.constantFrom(undefined, undefined, DAY, 100 * DAY),
    proved: fc.constantFrom(undefined, undefined, 'good' as const, 'bad' as const),
    hold: fc.constantFrom(undefined, undefined, undefined, { reason: 'because' }),
    leasedUntil: fc.constantFrom(undefined, undefined, NOW - 1, NOW + HOUR),
    notBelieved: fc.constantFrom(undefined, undefined, undefined, 'unsigned'),
  })
  .map(({ at, ...more }) => backupAt(at, more));
const backups = fc.uniqueArray(backup, { selector: ({ id }) => id, maxLength: 40 });

const kept = (given: readonly BackupOrDump[], by: Policies, now = NOW): Set<string> =>
  new Set(
    plan({ backups: given, policies: by, now }).decisions.flatMap((one) =>
      one.decision === 'keep' ? [one.backupId] : [],
    ),
  );
const check = <T extends unknown[]>(property: fc.IPropertyWithHooks<T>): void => {
  fc.assert(property, { numRuns: 100 });
};

describe('every retention plan', () => {
  it('decides about each backup once, says why, and depends on no order', () => {
    check(
      fc.property(backups, policies, (given, by) => {
        const made = plan({ backups: given, policies: by, now: NOW });
        expect(made.decisions.map(({ backupId }) => backupId).sort()).toEqual(given.map(({ id }) => id).sort());
        expect(made.decisions.every(({ because }) => because !== '')).toBe(true);
        expect(kept([...given].reverse(), by)).toEqual(kept(given, by));
        expect(plan({ backups: given, policies: by, now: NOW })).toEqual(made);
      }),
    );
  });

  it('breaks no promise, and leaves never fewer than the minimum', () => {
    check(
      fc.property(backups, policies, (given, by) => {
        const stays = kept(given, by);
        const goes = new Set(given.flatMap(({ id }) => (stays.has(id) ? [] : [id])));
        expect(brokenPromises({ backups: given, policies: by, now: NOW }, goes)).toEqual([]);
        for (const name of ['ysql.a', 'ysql.b']) {
          const good = given.filter(
            (one) => one.database === name && one.kind === 'backup' && !one.notBelieved && one.proved !== 'bad',
          );
          const left = good.filter(({ id }) => stays.has(id)).length;
          expect(left).toBeGreaterThanOrEqual(Math.min(good.length, by.minimumCopies ?? 1));
          const damaged = given.filter(
            (one) => one.database === name && one.kind === 'backup' && !one.notBelieved && one.proved === 'bad',
          );
          if (good.length < (by.minimumCopies ?? 1)) expect(damaged.every(({ id }) => stays.has(id))).toBe(true);
        }
        for (const one of given)
          if (one.hold || one.notBelieved !== undefined || (one.leasedUntil ?? 0) > NOW)
            expect(stays).toContain(one.id);
      }),
    );
  });

  it('keeps no less with one more place in a rule, nor for a longer window', () => {
    check(
      fc.property(
        backups,
        policies,
        fc.constantFrom('last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'),
        (given, by, rule) => {
          if (!by.keep) return;
          const more = {
            ...by,
            keep: { ...by.keep, [rule]: ((by.keep as Record<string, number | undefined>)[rule] ?? 0) + 1 },
          };
          const before = kept(given, by);
          const withOneMore = kept(given, more);
          expect([...before].filter((id) => !withOneMore.has(id))).toEqual([]);
          const longer = { ...more, recoveryWindow: '100 days', minimumCopies: (by.minimumCopies ?? 1) + 1 };
          const withMore = kept(given, longer);
          expect([...before].filter((id) => !withMore.has(id))).toEqual([]);
        },
      ),
    );
  });

  it('has nothing more to delete once it was carried out', () => {
    check(
      fc.property(backups, policies, (given, by) => {
        const stays = kept(given, by);
        const left = given.filter(({ id }) => stays.has(id));
        expect(kept(left, by)).toEqual(stays);
      }),
    );
  });

  it('names no time for something that goes before the present', () => {
    check(
      fc.property(backups, policies, (given, by) => {
        for (const { goes } of plan({ backups: given, policies: by, now: NOW }).decisions)
          if (goes !== undefined) expect(Date.parse(goes)).toBeGreaterThanOrEqual(NOW - 1000);
      }),
    );
  });
});

it('is made for 10,000 backups in less than a second', () => {
  const many = Array.from({ length: 20 }, (_, i) => series(500, 4 * HOUR, { database: `ysql.db${i}` })).flat();
  const by: Policies = {
    timeZone: 'Europe/Berlin',
    keep: { last: 3, hourly: 24, daily: 14, weekly: 8, monthly: 12, yearly: 5 },
    recoveryWindow: '7 days',
  };
  const seconds = [1, 2, 3].map(() => {
    const began = process.cpuUsage();
    expect(plan({ backups: many, policies: by, now: NOW }).decisions).toHaveLength(10_000);
    const used = process.cpuUsage(began);
    return (used.user + used.system) / 1e6;
  });
  expect(Math.min(...seconds)).toBeLessThan(1);
});

describe('a simulation', () => {
  it('shows how many backups there will be, and how large', () => {
    const daily = series(10, DAY);
    const months = simulate({ backups: daily, policies: { keep: { daily: 7, monthly: 12 } }, now: NOW }, 365 * DAY);
    expect(months).toHaveLength(13);
    expect(months[0]).toEqual({ month: '2026-11', backups: 7, bytes: 700 });
    // The last days of November to April, and 7 days of May.
    expect(months[6]).toEqual({ month: '2027-05', backups: 7 + 6, bytes: 1300 });
    expect(months.at(-1)?.backups).toBe(7 + 11);
  });

  it('predicts no new backups if their frequency is unknown', () => {
    const one = series(1, DAY);
    expect(simulate({ backups: one, policies: {}, now: NOW }, 60 * DAY).map(({ backups: n }) => n)).toEqual([1, 1, 1]);
  });
});
