import { policiesSchema, type Policies } from '../../src/contract';
import { brokenPromises, plan, type BackupOrDump } from '../../src/retention';
import { backupAt, DAY, decisionOf, HOUR, keptAt, NOW, series } from './backups';

const decide = (backups: BackupOrDump[], policies: Policies, now = NOW) => plan({ backups, policies, now });

describe('a retention plan', () => {
  it('keeps everything where there is no policy', () => {
    const backups = series(20, DAY);
    expect(keptAt(decide(backups, {}), backups)).toHaveLength(20);
    expect(decisionOf(decide(backups, {}), backups[9] as BackupOrDump)).toMatchObject({
      rules: ['no rule'],
      because: 'no rule of the policy applies to it',
    });
  });

  it('keeps the last ones, and says which rule keeps each and when it will go', () => {
    const backups = series(5, DAY);
    const made = decide(backups, { keep: { last: 3 } });
    expect(keptAt(made, backups)).toEqual(['2026-11-28T12:00Z', '2026-11-27T12:00Z', '2026-11-26T12:00Z']);
    expect(decisionOf(made, backups[2] as BackupOrDump)).toMatchObject({
      rules: ['last'],
      because: 'one of the last 3',
      goes: '2026-11-29T12:00:00Z',
    });
    expect(decisionOf(made, backups[0] as BackupOrDump)).toMatchObject({
      rules: ['newest', 'last'],
      goes: '2026-12-01T12:00:00Z',
    });
    expect(decisionOf(made, backups[4] as BackupOrDump)).toMatchObject({
      decision: 'delete',
      rules: [],
      because: 'no rule keeps it',
      freesBytes: 100,
    });
    expect(made.freesBytes).toBe(200);
  });

  it('keeps the newest of each hour, day, week, month and year that have one', () => {
    const backups = [
      backupAt('2026-11-28T11:10:00Z'),
      backupAt('2026-11-28T11:50:00Z'),
      backupAt('2026-11-28T09:30:00Z'),
      backupAt('2026-11-27T23:00:00Z'),
      backupAt('2026-11-22T23:00:00Z'), // the Sunday of the week before
      backupAt('2026-10-31T23:00:00Z'),
      backupAt('2025-12-31T23:00:00Z'),
      backupAt('2025-06-01T23:00:00Z'),
    ];
    const kept = (keep: NonNullable<Policies['keep']>): string[] => keptAt(decide(backups, { keep }), backups);
    expect(kept({ hourly: 2 })).toEqual(['2026-11-28T11:50Z', '2026-11-28T09:30Z']);
    expect(kept({ daily: 2 })).toEqual(['2026-11-28T11:50Z', '2026-11-27T23:00Z']);
    expect(kept({ weekly: 2 })).toEqual(['2026-11-28T11:50Z', '2026-11-22T23:00Z']);
    expect(kept({ monthly: 3 })).toEqual(['2026-11-28T11:50Z', '2026-10-31T23:00Z', '2025-12-31T23:00Z']);
    expect(kept({ yearly: 5 })).toEqual(['2026-11-28T11:50Z', '2025-12-31T23:00Z']);
  });

  it('deletes nothing only because backups have stopped', () => {
    const backups = series(14, DAY);
    const policies = { keep: { daily: 7 } };
    const now = keptAt(decide(backups, policies), backups);
    expect(keptAt(decide(backups, policies, NOW + 400 * DAY), backups)).toEqual(now);
    expect(now).toHaveLength(7);
  });

  it('says when the newest of a day will be followed by another of that day, and when by so many days', () => {
    const backups = series(30, 6 * HOUR); // 12:00, 06:00, 00:00, 18:00 …
    const made = decide(backups, { keep: { daily: 3 } });
    // The next one, at 18:00, is of the same day.
    expect(decisionOf(made, backups[0] as BackupOrDump)).toMatchObject({ goes: '2026-11-28T18:00:00Z' });
    const yesterday = backupAt('2026-11-27T18:00:00Z');
    // Third place once a backup of the 29th is there, gone with the first one of the 30th.
    expect(decisionOf(made, yesterday)).toMatchObject({
      rules: ['daily'],
      because: 'the newest of 2026-11-27 (daily)',
      goes: '2026-11-30T00:00:00Z',
    });
  });

  it('keeps for as long as the caller has asked, over every rule, both ways', () => {
    const backups = [
      ...series(3, DAY),
      backupAt(NOW - HOUR, { keepForMs: 2 * HOUR }),
      backupAt(NOW - 3 * HOUR, { keepForMs: HOUR }),
    ];
    const made = decide(backups, { keep: { last: 3 } });
    expect(decisionOf(made, backups[3] as BackupOrDump)).toMatchObject({
      decision: 'keep',
      rules: ['keepFor'],
      because: 'to be kept for 2 hours',
      goes: '2026-11-28T13:00:00Z',
    });
    expect(decisionOf(made, backups[4] as BackupOrDump)).toMatchObject({
      decision: 'delete',
      because: 'to be kept for 1 hour, which ended at 2026-11-28T10:00:00Z',
    });
    // They take no place of the others.
    expect(decisionOf(made, backups[2] as BackupOrDump).rules).toEqual(['last']);
  });

  it('counts the backups of a label by its own rules', () => {
    const backups = [
      ...series(4, DAY),
      ...[1, 2, 3].map((n) => backupAt(NOW - n * DAY - HOUR, { label: 'release' })),
      backupAt(NOW - 9 * DAY, { label: 'unknown to the policy' }),
    ];
    const made = decide(backups, { keep: { last: 2 }, labels: { release: { keep: { last: 2 } } } });
    expect(keptAt(made, backups)).toEqual([
      '2026-11-28T12:00Z',
      '2026-11-27T12:00Z',
      '2026-11-27T11:00Z',
      '2026-11-26T11:00Z',
    ]);
    const aMonth = decide(backups, { keep: { last: 1 }, labels: { release: { keepFor: '2 days' } } });
    expect(keptAt(aMonth, backups)).toEqual(['2026-11-28T12:00Z', '2026-11-27T11:00Z']);
  });

  it('prefers the policy of a database to the one for all', () => {
    const both = [
      ...series(5, DAY),
      ...series(5, DAY, { database: 'ycql.shop' }),
      ...series(5, DAY, { database: 'ysql.a' }),
    ];
    const policies = policiesSchema.parse({
      keep: { last: 4 },
      databases: { 'ysql.*': { keep: { last: 2 } }, 'ysql.a': { keep: { last: 1 } } },
    });
    const kept = decide(both, policies).decisions.filter(({ decision }) => decision === 'keep');
    const count = (name: string) => kept.filter(({ database }) => database === name).length;
    expect([count('ysql.orders'), count('ycql.shop'), count('ysql.a')]).toEqual([2, 4, 1]);
  });

  it('never gives up what is held, read, not believed, the newest, or the last that is proved good', () => {
    const backups = series(9, DAY);
    const set = (i: number, more: Partial<BackupOrDump>): void => {
      backups[i] = { ...(backups[i] as BackupOrDump), ...more };
    };
    set(3, { hold: { reason: 'the audit of 2026', by: 'ines' } });
    set(4, { leasedUntil: NOW + HOUR });
    set(5, { leasedUntil: NOW - HOUR });
    set(6, { proved: 'good' });
    set(7, { notBelieved: 'no known key has signed it' });
    set(8, { proved: 'good' });
    const made = decide(backups, { keep: { last: 1 } });
    expect(made.decisions.filter(({ decision }) => decision === 'keep').map(({ because }) => because)).toEqual([
      'the newest one and the last one',
      'held by ines: the audit of 2026',
      'in use by a restore, at the latest until 2026-11-28T13:00:00Z',
      'the newest one that is proved good',
      'nothing is decided about it: no known key has signed it',
    ]);
    expect(decisionOf(made, backups[3] as BackupOrDump)).not.toHaveProperty('goes');
    expect(decisionOf(made, backups[6] as BackupOrDump)).not.toHaveProperty('goes');
  });

  it('counts no backup that is proved bad, and keeps the newest that is not', () => {
    const backups = series(6, DAY);
    for (const i of [0, 1]) backups[i] = { ...(backups[i] as BackupOrDump), proved: 'bad' };
    const made = decide(backups, { keep: { last: 1 }, minimumCopies: 2 });
    expect(keptAt(made, backups)).toEqual(['2026-11-28T12:00Z', '2026-11-26T12:00Z', '2026-11-25T12:00Z']);
    expect(decisionOf(made, backups[1] as BackupOrDump).because).toBe('it is damaged, and there are newer ones');
  });

  it('keeps damaged ones while too few undamaged ones are left', () => {
    const backups = series(4, DAY);
    for (const i of [0, 1, 2]) backups[i] = { ...(backups[i] as BackupOrDump), proved: 'bad' };
    const two = decide(backups, { keep: { last: 1 }, minimumCopies: 2 });
    expect(keptAt(two, backups)).toHaveLength(4);
    expect(decisionOf(two, backups[2] as BackupOrDump)).toMatchObject({
      rules: ['minimum copies'],
      because: 'damaged, but fewer than 2 undamaged ones are left',
    });
    const one = decide(backups, { keep: { last: 1 } });
    expect(keptAt(one, backups)).toEqual(['2026-11-28T12:00Z', '2026-11-25T12:00Z']);
    const none = decide(backups.slice(0, 3), { keep: { last: 1 } });
    expect(keptAt(none, backups)).toHaveLength(3);
    expect(decisionOf(none, backups[1] as BackupOrDump).because).toBe('damaged, but no undamaged one is left');
  });

  it('keeps what the recovery window needs from its beginning on', () => {
    const backups = series(10, DAY);
    const made = decide(backups, { recoveryWindow: '60 hours' });
    expect(keptAt(made, backups)).toEqual([
      '2026-11-28T12:00Z',
      '2026-11-27T12:00Z',
      '2026-11-26T12:00Z',
      '2026-11-25T12:00Z',
    ]);
    // The oldest is the window's beginning until the next one is.
    expect(decisionOf(made, backups[3] as BackupOrDump)).toMatchObject({
      rules: ['recovery window'],
      goes: '2026-11-29T00:00:00Z',
    });
  });

  it('counts the bytes that others need', () => {
    const [newer, older] = series(2, DAY) as [BackupOrDump, BackupOrDump];
    const backups = [{ ...newer, refersTo: [{ id: older.id, bytes: 70 }] }, older];
    const made = decide(backups, { keep: { last: 1 } });
    expect(made.freesBytes).toBe(30);
  });

  it('counts dumps apart, by rules of their own', () => {
    const backups = [...series(3, DAY), ...series(3, DAY, { kind: 'dump' })];
    const kept = (policies: Policies) => keptAt(decide(backups, policies), backups).length;
    expect(kept({ keep: { last: 1 } })).toBe(1 + 3);
    expect(kept({ dumps: { keep: { last: 2 } } })).toBe(3 + 2);
  });
});

describe('a promise that would be broken', () => {
  const backups = series(5, DAY);
  const gone = (...i: number[]) => new Set(i.map((n) => (backups[n] as BackupOrDump).id));
  const broken = (policies: Policies, ids: Set<string>) => brokenPromises({ backups, policies, now: NOW }, ids);

  it('names the minimum, the window and the last proof', () => {
    expect(broken({ minimumCopies: 3 }, gone(1, 2, 3))).toEqual([
      '2 backups of ysql.orders would be left, and at least 3 must be kept (minimumCopies)',
    ]);
    expect(broken({ recoveryWindow: '36 hours' }, gone(2))).toEqual([
      `${backups[2]?.id} is needed for the recovery window of 36 hours of ysql.orders (recoveryWindow)`,
    ]);
    expect(broken({}, gone(0, 1, 2, 3, 4))).toEqual([
      '0 backups of ysql.orders would be left, and at least 1 must be kept (minimumCopies)',
    ]);
    const proved = backups.map((backup, i) => (i === 4 ? { ...backup, proved: 'good' as const } : backup));
    expect(brokenPromises({ backups: proved, policies: {}, now: NOW }, gone(4))).toEqual([
      `${backups[4]?.id} is the last of the backups of ysql.orders that is proved good`,
    ]);
  });

  it('is not reported where nothing is deleted, however few backups there are', () => {
    expect(broken({ minimumCopies: 9, recoveryWindow: '52 weeks' }, new Set())).toEqual([]);
    expect(broken({ minimumCopies: 2 }, gone(2, 3, 4))).toEqual([]);
  });
});

describe('policies', () => {
  it.each([
    [{ timeZone: '+01:00' }, 'timeZone'],
    [{ timeZone: 'Europe/Berlim' }, 'timeZone'],
    [{ keep: { daily: 0 } }, 'daily'],
    [{ keep: { dayly: 3 } }, 'dayly'],
    [{ recoveryWindow: '7' }, 'recoveryWindow'],
    [{ databases: { orders: {} } }, 'orders'],
  ])('refuses %j', (given, named) => {
    const parsed = policiesSchema.safeParse(given);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(named);
  });
});
