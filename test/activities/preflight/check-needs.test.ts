import { Checks } from '../../../src/activities/control/preflight/checks';
import {
  addMissingExtensions,
  checkRoleConstants,
  lacking,
} from '../../../src/activities/control/preflight/check-needs';
import { needsOfDump } from '../../../src/yugabyte';

function checksWhere(listRoles: () => Promise<string[]>, availableExtensions = listRoles) {
  const checks = new Checks(
    {
      store: { location: 's3://b' },
      repository: {},
      config: { cluster: 'demo' },
      yugabyte: () => ({ sql: { listRoles, availableExtensions } }),
    } as never,
    { patienceMs: 50, leftMs: 50, deadlineMs: 50, signal: new AbortController().signal, onWait: () => undefined },
  );
  return checks;
}

describe('22.5: roles that are constants in definitions', () => {
  it('refuses a load or restore with "roles": "skip" where one is missing, and names the missing ones alone', async () => {
    const checks = checksWhere(async () => await Promise.resolve(['yugabyte', 'app']));
    await checkRoleConstants(checks, ['app', 'auditor', 'Über "uns"']);
    expect(checks.findings.list).toEqual([
      {
        type: 'PreflightFailed',
        message: expect.stringMatching(
          /^The roles auditor, Über "uns" are constants .* do not exist here\. Create them/,
        ) as string,
        roles: ['auditor', 'Über "uns"'],
      },
    ]);
  });

  it.each([
    ['all of them exist', ['app'], ['app']],
    ['there are none', [], []],
  ])('reports nothing where %s', async (_, there, wanted) => {
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

it('24.4: a restore is refused where an extension of a dump with metadata is not available', async () => {
  const { extensions } = needsOfDump(`
    DROP EXTENSION IF EXISTS "uuid-ossp";
    SELECT pg_catalog.binary_upgrade_create_empty_extension('uuid-ossp', 'public', true, '1.1', NULL, NULL, ARRAY[]::pg_catalog.text[]);
    DROP EXTENSION IF EXISTS vector;
    SELECT pg_catalog.binary_upgrade_create_empty_extension('vector', 'public', true, '0.4.4-yb-1.2', NULL, NULL, ARRAY['uuid-ossp']::pg_catalog.text[]);
    ALTER EXTENSION vector ADD FUNCTION public.vector_in(cstring);
    SELECT public.binary_upgrade_create_empty_extension('none', 'public');
    COMMENT ON EXTENSION vector IS 'x';`);
  expect(extensions).toEqual(['uuid-ossp', 'vector']);
  const checks = checksWhere(async () => await Promise.resolve(['plpgsql', 'uuid-ossp']));
  addMissingExtensions(checks, await lacking(checks, 'extensions', extensions));
  expect(checks.findings.list).toEqual([
    {
      type: 'PreflightFailed',
      message: 'The extensions vector are not available on this cluster. Install them on every node.',
      extensions: ['vector'],
    },
  ]);
});
