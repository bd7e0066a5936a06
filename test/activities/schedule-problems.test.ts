import { scheduleProblems } from '../../src/activities/control/inspect/schedule-problems';

const NOW = 1_763_776_800_000_000n;
const minutesAgo = (minutes: number): string => String(NOW - BigInt(minutes) * 60_000_000n);
const schedule = (ages: number[], more: object = {}) => ({
  id: '6eaaa4fb-397f-41e2-a8fe-a93e0c9f5256',
  filter: 'ysql.orders',
  intervalSeconds: 3600,
  retentionSeconds: 86_400,
  deleted: false,
  snapshots: ages.map((age, i) => ({ id: `snapshot ${i}`, snapshotMicros: minutesAgo(age) })),
  ...more,
});
const asked = { id: '6eaaa4fb-397f-41e2-a8fe-a93e0c9f5256', everyMinutes: 60, keepMinutes: 1440 };
const problemsOf = (ages: number[], more: object = {}): string[] =>
  scheduleProblems('ysql.orders', schedule(ages, more), asked, NOW);
const hours = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => (from + i) * 60);

it('a schedule that does what was asked has no problem', () => {
  expect(problemsOf(hours(0, 24))).toEqual([]);
  expect(problemsOf([119])).toEqual([]);
});

it('70: a schedule that stopped is reported after two intervals', () => {
  expect(problemsOf(hours(3, 24))).toEqual([
    expect.stringMatching(/has taken no snapshot for more than two intervals of 1 hour/),
  ]);
});

it('71: snapshots that are kept longer than asked are reported, with their number', () => {
  expect(problemsOf(hours(0, 25))).toEqual([]); // an interval more is what the cluster needs
  expect(problemsOf(hours(0, 30))).toEqual([
    expect.stringMatching(/still has 4 snapshots that are older than its retention of 1 ?d/),
  ]);
});

it('72: another interval or retention than was asked for is reported with both', () => {
  expect(problemsOf(hours(0, 24), { intervalSeconds: 7200 })).toEqual([
    expect.stringMatching(/runs every 2 hours and keeps .*; 1 hour and 1 day were requested/),
  ]);
  expect(scheduleProblems('ysql.orders', schedule(hours(0, 24), { intervalSeconds: 7200 }), undefined, NOW)).toEqual(
    [],
  );
});
