import type { Checks } from './checks';

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

/** Nothing is overwritten. */
export async function checkAbsent(checks: Checks, target: { database: string; name: string }): Promise<void> {
  const exists = await checks.look(
    `The database ${target.database}`,
    async ({ yugabyte }, { signal }) => await yugabyte().sql.databaseExists(target.name, { signal }),
  );
  if (exists === true)
    checks.add(
      'AlreadyExists',
      `A database ${target.database} exists already and is never overwritten. Give another name with "as", or drop it yourself first.`,
      { database: target.database },
    );
}
