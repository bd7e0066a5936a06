import { plan, type BackupOrDump } from '../../src/retention';
import { backupAt, DAY, HOUR, keptAt } from './backups';

/** One backup every half hour from a moment on. */
const halfHours = (from: string, n: number): BackupOrDump[] =>
  Array.from({ length: n }, (_, i) => backupAt(Date.parse(from) + i * (HOUR / 2)));
const kept = (backups: BackupOrDump[], timeZone: string, keep: Record<string, number>): string[] =>
  keptAt(plan({ backups, policies: { timeZone, keep }, now: Date.parse('2026-12-01T00:00:00Z') }), backups);

// Rules of 2026: IANA tzdata 2025b; https://www.timeanddate.com/time/change/germany/berlin?year=2026 and the like.
describe('days on which clocks change', () => {
  it('Europe/Berlin, 25 October 2026: the day has 25 hours, and the hour that comes twice is two', () => {
    const day = halfHours('2026-10-24T22:00:00Z', 50); // 00:00 +02:00 to 23:30 +01:00
    expect(kept(day, 'Europe/Berlin', { daily: 5 })).toEqual(['2026-10-25T22:30Z']);
    expect(kept(day, 'UTC', { daily: 5 })).toEqual(['2026-10-25T22:30Z', '2026-10-24T23:30Z']);
    const night = halfHours('2026-10-25T00:00:00Z', 4); // 02:00 and 02:30, twice
    expect(kept(night, 'Europe/Berlin', { hourly: 5 })).toEqual(['2026-10-25T01:30Z', '2026-10-25T00:30Z']);
  });

  it('Europe/Berlin, 29 March 2026: the day has 23 hours', () => {
    const days = halfHours('2026-03-28T23:00:00Z', 46 + 1); // 00:00 +01:00 to 23:30 +02:00, and midnight
    expect(kept(days, 'Europe/Berlin', { daily: 5 })).toEqual(['2026-03-29T22:00Z', '2026-03-29T21:30Z']);
  });

  it('America/New_York, 1 November and 8 March 2026', () => {
    const autumn = halfHours('2026-11-01T04:00:00Z', 50); // 00:00 -04:00 to 23:30 -05:00
    expect(kept(autumn, 'America/New_York', { daily: 5 })).toEqual(['2026-11-02T04:30Z']);
    expect(kept(autumn, 'America/New_York', { hourly: 100 })).toHaveLength(25);
    expect(kept(autumn, 'America/New_York', { monthly: 2 })).toEqual(['2026-11-02T04:30Z']);
    const spring = halfHours('2026-03-08T05:00:00Z', 46); // 00:00 -05:00 to 23:30 -04:00
    expect(kept(spring, 'America/New_York', { daily: 5 })).toEqual(['2026-03-09T03:30Z']);
    expect(kept(spring, 'America/New_York', { hourly: 100 })).toHaveLength(23);
  });

  it('Australia/Lord_Howe, 5 April and 4 October 2026: clocks move by half an hour', () => {
    const autumn = halfHours('2026-04-04T13:00:00Z', 49); // 00:00 +11:00 to 23:30 +10:30: 24.5 hours
    expect(kept(autumn, 'Australia/Lord_Howe', { daily: 5 })).toEqual(['2026-04-05T13:00Z']);
    // 01:30 comes twice, at +11:00 and at +10:30: its second time is an hour of its own.
    expect(kept(autumn, 'Australia/Lord_Howe', { hourly: 100 })).toHaveLength(25);
    const spring = halfHours('2026-10-03T13:30:00Z', 47); // 00:00 +10:30 to 23:30 +11:00: 23.5 hours
    expect(kept(spring, 'Australia/Lord_Howe', { daily: 5 })).toEqual(['2026-10-04T12:30Z']);
    expect(kept(spring, 'Australia/Lord_Howe', { hourly: 100 })).toHaveLength(24);
  });

  it('predicts deletions by the calendar, not by a number of hours', () => {
    const nightly = Array.from({ length: 5 }, (_, i) => backupAt(Date.parse('2026-10-24T00:00:00Z') - i * DAY));
    const { decisions } = plan({
      backups: nightly,
      policies: { timeZone: 'Europe/Berlin', keep: { weekly: 1 } },
      now: Date.parse('2026-10-24T12:00:00Z'),
    });
    // 02:00 of each night in Berlin, until the clock is set back: the newest goes with the first of its week, the next
    // night.
    expect(decisions[0]).toMatchObject({ rules: ['newest', 'weekly'], goes: '2026-10-25T00:00:00Z' });
  });

  it('ISO weeks and their years: 31 December 2024 is in the first week of 2025', () => {
    const backups = [
      backupAt('2024-12-31T12:00:00Z'),
      backupAt('2025-01-02T12:00:00Z'),
      backupAt('2024-12-29T12:00:00Z'),
    ];
    expect(kept(backups, 'UTC', { weekly: 5 })).toEqual(['2025-01-02T12:00Z', '2024-12-29T12:00Z']);
  });
});
