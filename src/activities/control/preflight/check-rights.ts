import { bareName } from '../../../contract';
import type { Checks } from './checks';

/** `ysql_dump` would fail at the first table that it may not lock; `so` says what is impossible then. */
export async function checkRights(checks: Checks, database: string, so: string): Promise<void> {
  const unreadable = await checks.look(
    'The rights of the SQL user',
    async ({ yugabyte }, { signal }) => await yugabyte().api(database).unreadable(bareName(database), { signal }),
  );
  const { user } = checks.config.ysql;
  if (!unreadable || unreadable.length === 0) return;
  checks.add(
    'PreflightFailed',
    `The SQL user "${user}" may not read ${unreadable.length} tables or sequences of ${database} (first: ${unreadable[0] ?? ''}), so ${so}. Grant it SELECT on all of them, or set a superuser as ysql.user in kalpa.yaml.`,
    { user, relations: unreadable.length },
  );
}

/** The SQL user may create databases. */
export async function checkMayCreate(checks: Checks): Promise<void> {
  const mayCreate = await checks.look(
    'The rights of the SQL user',
    async ({ yugabyte }, { signal }) => await yugabyte().sql.mayCreateDatabases({ signal }),
  );
  if (mayCreate === false)
    checks.add(
      'PreflightFailed',
      `The SQL user "${checks.config.ysql.user}" may not create databases. Give it CREATEDB, or set a superuser as ysql.user in kalpa.yaml.`,
    );
}
