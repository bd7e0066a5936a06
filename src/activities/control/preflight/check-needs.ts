import type { Checks } from './checks';

const LISTS = {
  roles: 'listRoles',
  tablespaces: 'listTablespaces',
  extensions: 'availableExtensions',
} as const;

/**
 * What a dump or backup needs and this cluster lacks; if a question is unanswered that is a finding, and nothing is
 * reported as lacking.
 */
export async function lacking(
  checks: Checks,
  kind: keyof typeof LISTS,
  wanted: readonly string[],
): Promise<readonly string[]> {
  if (wanted.length === 0) return [];
  const there = await checks.look(
    `The ${kind}`,
    async ({ yugabyte }, { signal }) => await yugabyte().sql[LISTS[kind]]({ signal }),
  );
  return there === undefined ? [] : wanted.filter((name) => !there.includes(name));
}

export function addMissingExtensions(checks: Checks, extensions: readonly string[]): void {
  if (extensions.length > 0)
    checks.add(
      'PreflightFailed',
      `The extensions ${extensions.join(', ')} are not available on this cluster. Install them on every node.`,
      { extensions },
    );
}

/**
 * `"roles": "skip"` leaves statements out; a definition that names a role as a constant can't be created without it.
 */
export async function checkRoleConstants(checks: Checks, roles: readonly string[] = []): Promise<void> {
  const missing = await lacking(checks, 'roles', roles);
  if (missing.length > 0)
    checks.add(
      'PreflightFailed',
      `The roles ${missing.join(', ')} are constants ('…'::regrole) in definitions (a view, a default, a policy), which "roles": "skip" can't leave out, and they do not exist here. Create them (CREATE ROLE … NOLOGIN is enough), or change the definitions in the source.`,
      { roles: missing },
    );
}
