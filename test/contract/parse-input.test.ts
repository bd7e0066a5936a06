import { backUpDatabaseInput, operations, parseInput, restoreDatabaseInput } from '../../src/contract';

const problemsOf = (given: unknown) => {
  const parsed = parseInput('backUpDatabase', backUpDatabaseInput, given);
  return parsed.ok ? [] : parsed.problems;
};

describe('an input', () => {
  it('is taken with nothing but the database', () => {
    expect(problemsOf({ database: 'ysql.orders' })).toEqual([]);
  });

  it('22.7: with a secret in a field that is none is refused without showing it', () => {
    const given = { database: 'ysql.orders', password: 'hunter2', label: 'postgres://a:hunter2@h' + '/'.repeat(99) };
    const parsed = parseInput('backUpDatabase', backUpDatabaseInput, given);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).toMatch(/password: .*no such field/);
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
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

  it('of a restore may name a backup or the newest one, and a moment with its zone', () => {
    expect(
      parseInput('restoreDatabase', restoreDatabaseInput, {
        backup: { database: 'ysql.orders' },
        as: 'copy',
        to: '2026-11-22T02:00:00Z',
      }).ok,
    ).toBe(true);
    const parsed = parseInput('restoreDatabase', restoreDatabaseInput, { backup: 'x', to: '1763776800000' });
    expect(parsed.ok ? [] : parsed.problems.map(({ field }) => field)).toEqual(['to']);
  });
});

describe('an input of point-in-time recovery', () => {
  const wrong = (operation: keyof typeof operations, input: object): string[] => {
    const parsed = parseInput(operation, operations[operation].input, input);
    return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
  };
  const database = 'ysql.orders';

  it.each([
    ['exactly one of to and ago', { database }, ['to']],
    ['not both', { database, to: '2026-11-22T02:00:00Z', ago: '1h' }, ['to']],
    ['milliseconds are no instant', { database, to: '1763776800000' }, ['to']],
    ['seconds are no instant', { database, to: '1763776800' }, ['to']],
    ['a time without a zone is no instant', { database, to: '2026-11-22 02:00:00' }, ['to']],
    ['a number has no unit', { database, ago: '10' }, ['ago']],
    ['16 digits are microseconds', { database, to: '1763776800000000' }, []],
    ['a span', { database, ago: '1h 5m', as: 'copy' }, []],
  ])('to recover: %s', (_case, input, fields) => {
    expect(wrong('recoverToPointInTime', input)).toEqual(fields);
  });

  it.each([
    ['kept longer than the interval', { database, every: '1h', keep: '1h' }, ['keep']],
    ['whole minutes', { database, every: '90s', keep: '1h' }, ['every']],
    ['at least a minute', { database, every: '0s', keep: '1h' }, ['every']],
    ['as the manual has it', { database, every: '1h', keep: '7 days' }, []],
  ])('to enable: %s', (_case, input, fields) => {
    expect(wrong('enablePointInTimeRecovery', input)).toEqual(fields);
  });

  it('to restore a snapshot names a UUID and confirms its database', () => {
    expect(wrong('restoreSnapshot', { snapshotId: 'x', confirm: 'orders' })).toEqual(['snapshotId', 'confirm']);
    expect(wrong('deleteSnapshot', { snapshotId: '0d4b4935-2c95-4523-95ab-9ead1e95e794' })).toEqual([]);
  });
});

describe('new names of tables', () => {
  const fieldsOf = (given: object): string[] => {
    const parsed = parseInput('restoreDatabase', restoreDatabaseInput, given);
    return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
  };
  const backup = { database: 'ycql.shop' };

  it('are taken for a keyspace', () => {
    expect(fieldsOf({ backup, renameTables: { orders: 'orders_then', orders_by_day: 'orders_by_day_then' } })).toEqual(
      [],
    );
    expect(fieldsOf({ backup: 'ycql.shop-20261122T020007Z-3fa9c1', renameTables: { orders: 'then' } })).toEqual([]);
  });

  it.each([
    ['for a database', { backup: { database: 'ysql.shop' }, renameTables: { orders: 'then' } }],
    ['beside chosen tables', { backup, tables: ['orders'], renameTables: { orders: 'then' } }],
    ['of nothing', { backup, renameTables: {} }],
    ['twice the same', { backup, renameTables: { orders: 'then', carts: 'then' } }],
    ['as a list', { backup, renameTables: ['orders', 'then'] }],
  ])('are refused %s', (_what, given) => {
    expect(fieldsOf(given)).toEqual(['renameTables']);
  });

  it.each(['', 'a b', '1st', 'x'.repeat(49), 'q"'])('are refused as %j', (name) => {
    expect(fieldsOf({ backup, renameTables: { orders: name } })).toEqual(['renameTables.orders']);
  });
});
