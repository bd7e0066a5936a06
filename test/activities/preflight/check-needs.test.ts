import { Checks } from '../../../src/activities/control/preflight/checks';
import { checkRoleConstants } from '../../../src/activities/control/preflight/check-needs';

function checksWhere(listRoles: () => Promise<string[]>) {
  const checks = new Checks(
    {
      store: { location: 's3://b' },
      repository: {},
      config: { cluster: 'demo' },
      yugabyte: () => ({ sql: { listRoles } }),
    } as never,
    { patienceMs: 50, leftMs: 50, deadlineMs: 50, signal: new AbortController().signal, onWait: () => undefined },
  );
  return checks;
}

describe('22.5: roles that stand as constants in definitions', () => {
  it('refuses a load or restore with "roles": "skip" where one is missing, and names the missing ones alone', async () => {
    const checks = checksWhere(async () => await Promise.resolve(['yugabyte', 'app']));
    await checkRoleConstants(checks, ['app', 'auditor', 'Über "uns"']);
    expect(checks.findings.list).toEqual([
      {
        type: 'PreflightFailed',
        message: expect.stringMatching(
          /^The roles auditor, Über "uns" stand as constants .* do not exist here\. Create them/,
        ) as string,
        roles: ['auditor', 'Über "uns"'],
      },
    ]);
  });

  it.each([
    ['all of them exist', ['app'], ['app']],
    ['there are none', [], []],
  ])('has nothing to say where %s', async (_, there, wanted) => {
    const checks = checksWhere(async () => await Promise.resolve(there));
    await checkRoleConstants(checks, wanted);
    expect(checks.findings.list).toEqual([]);
  });

  it('an unanswered question is its own finding, not a missing role', async () => {
    const checks = checksWhere(async () => await Promise.reject(new Error('permission denied')));
    await checkRoleConstants(checks, ['app']);
    expect(checks.findings.list.map(({ message }) => message)).toEqual([expect.stringMatching(/permission denied/)]);
  });
});
