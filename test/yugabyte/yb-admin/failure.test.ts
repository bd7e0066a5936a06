import { FIXTURE_DIALECTS, ybAdminPrints } from '../fixtures';
import { failureOf, refusedForArguments } from '../../../src/yugabyte/yb-admin/failure';

const RESULTS = {
  usage: { statusCode: 'Invalid argument', outcome: 'refused', transient: false },
  'timed-out': { statusCode: 'Timed out', outcome: 'unknown', transient: true },
  'parallel-operation': { statusCode: 'Service unavailable', masterError: 25, outcome: 'unknown', transient: true },
  'snapshot-not-found': { statusCode: 'Not found', masterError: 22, outcome: 'refused', transient: false },
  'empty-database': { statusCode: 'Invalid argument', outcome: 'refused', transient: false },
  'no-connection': { statusCode: 'Timed out', outcome: 'refused', transient: true },
} as const;
const RESULTS_2025 = {
  'unsupported-rpc': { statusCode: 'Remote error', outcome: 'refused', transient: false },
  'restoration-not-found': { statusCode: 'Not found', masterError: 3, outcome: 'refused', transient: false },
  'snapshot-not-complete': { statusCode: 'Illegal state', masterError: 26, outcome: 'refused', transient: false },
  'ddl-verification': { statusCode: 'Illegal state', outcome: 'refused', transient: true },
  'table-not-found': { statusCode: 'Invalid argument', masterError: 3, outcome: 'refused', transient: false },
  'unreachable-master': { statusCode: 'Network error', outcome: 'unknown', transient: true },
} as const;

describe.each(FIXTURE_DIALECTS)('a failed command of yb-admin %s that would have changed the cluster', (dialect) => {
  it.each(Object.entries({ ...RESULTS, ...(dialect === '2025.1' ? RESULTS_2025 : {}) }))('%s', (name, expected) => {
    const failure = failureOf(
      { name: 'create_database_snapshot', mutates: true },
      1,
      ybAdminPrints(dialect, `errors/${name}`),
    );
    expect(failure).toMatchObject(expected);
    expect(failure.reason).not.toBe('');
    expect(failure.message).toContain('yb-admin create_database_snapshot failed with exit code 1');
    expect(failure.message).toContain(
      expected.outcome === 'unknown' ? 'check before running it again' : 'Nothing was changed',
    );
  });

  it('has changed nothing when the command only reads', () =>
    expect(
      failureOf({ name: 'list_snapshots', mutates: false }, 1, ybAdminPrints(dialect, 'errors/timed-out')).outcome,
    ).toBe('refused'));

  it('counts as refused for its arguments only with a usage text', () => {
    expect(
      refusedForArguments(failureOf({ name: 'x', mutates: true }, 1, ybAdminPrints(dialect, 'errors/usage'))),
    ).toBe(true);
    expect(
      refusedForArguments(failureOf({ name: 'x', mutates: true }, 1, ybAdminPrints(dialect, 'errors/timed-out'))),
    ).toBe(false);
  });

  it('has an unknown outcome after any answer when it works in several steps', () => {
    const stderr = ybAdminPrints(dialect, 'errors/empty-database');
    const importing = { name: 'import_snapshot', mutates: true, severalSteps: true } as const;
    expect(failureOf(importing, 1, stderr).outcome).toBe('unknown');
    expect(failureOf(importing, 1, ybAdminPrints(dialect, 'errors/no-connection')).outcome).toBe('refused');
  });

  it('has an unknown outcome when its output is not understood', () => {
    expect(
      failureOf({ name: 'x', mutates: true }, 1, 'E0101 12:00:00.000000 1 file.cc:1] noise\nSegmentation fault\n'),
    ).toMatchObject({
      outcome: 'unknown',
      transient: false,
      reason: 'Segmentation fault',
    });
    expect(failureOf({ name: 'x', mutates: true }, 139, '')).toMatchObject({ outcome: 'unknown', reason: '' });
  });
});
