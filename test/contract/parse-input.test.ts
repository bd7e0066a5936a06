import { backUpDatabaseInput, parseInput, restoreDatabaseInput } from '../../src/contract';

const problemsOf = (given: unknown) => {
  const parsed = parseInput('backUpDatabase', backUpDatabaseInput, given);
  return parsed.ok ? [] : parsed.problems;
};

describe('an input', () => {
  it('is taken with nothing but the database', () => {
    expect(problemsOf({ database: 'ysql.orders' })).toEqual([]);
  });

  it.each([
    ['a missing field', {}, 'database'],
    ['no input at all', undefined, 'database'],
    ['a wrong type', { database: 5 }, 'database'],
    ['a name without its api', { database: 'orders' }, 'database'],
    ['an empty name', { database: 'ysql.' }, 'database'],
    ['a NUL byte', { database: 'ysql.a\0b' }, 'database'],
    ['64 bytes', { database: `ysql.${'é'.repeat(32)}` }, 'database'],
    ['an unknown field', { database: 'ysql.orders', lable: 'x' }, 'lable'],
    ['a field that is not available yet', { database: 'ysql.orders', tables: ['t'] }, 'tables'],
    ['a duration without unit', { database: 'ysql.orders', keepFor: '7' }, 'keepFor'],
    ['a negative limit', { database: 'ysql.orders', bytesPerSecond: -1 }, 'bytesPerSecond'],
  ])('with %s is refused, and the message names it', (_what, given, field) => {
    const [problem] = problemsOf(given);
    expect(problem?.field).toBe(field);
    const parsed = parseInput('backUpDatabase', backUpDatabaseInput, given);
    expect(parsed.ok ? '' : parsed.message).toMatch(
      new RegExp(
        `^backUpDatabase refused its input, nothing was changed: ${field}: given .*, allowed .*\\. Correct the field`,
      ),
    );
  });

  it('with several wrong fields is refused once, naming each', () => {
    expect(
      problemsOf({ database: 'x', fingerprint: 'deep', more: 1 })
        .map(({ field }) => field)
        .sort(),
    ).toEqual(['database', 'fingerprint', 'more']);
  });

  it('that is no object is refused as a whole', () => {
    expect(problemsOf('ysql.orders')).toEqual([{ field: '(input)', given: 'ysql.orders', allowed: 'one JSON object' }]);
  });

  it('of a restore may name a backup or the newest one, but no moment yet', () => {
    expect(
      parseInput('restoreDatabase', restoreDatabaseInput, { backup: { database: 'ysql.orders' }, as: 'copy' }).ok,
    ).toBe(true);
    const parsed = parseInput('restoreDatabase', restoreDatabaseInput, { backup: 'x', to: '2026-11-22T02:00:00Z' });
    expect(parsed.ok ? [] : parsed.problems.map(({ field }) => field)).toEqual(['to']);
  });
});
