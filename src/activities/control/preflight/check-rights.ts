import type { Checks } from './checks';

/** `ysql_dump` would fail at the first table that it may not lock; `so` says what can't be done then. */
export async function checkRights(checks: Checks, name: string, so: string): Promise<void> {
  const unreadable = await checks.look(
    'The rights of the SQL user',
    async ({ yugabyte }, { signal }) => await yugabyte().sql.unreadableRelations(name, { signal }),
  );
  const { user } = checks.config.ysql;
  if (!unreadable || unreadable.length === 0) return;
  checks.add(
    'PreflightFailed',
    `The SQL user "${user}" may not read ${unreadable.length} tables or sequences of ysql.${name} (first: ${unreadable[0] ?? ''}), so ${so}. Grant it SELECT on all of them, or set a superuser as ysql.user in kalpa.yaml.`,
    { user, relations: unreadable.length },
  );
}
