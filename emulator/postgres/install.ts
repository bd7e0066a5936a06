import type { Client } from 'pg';
import { INSTALL_SQL } from '../sql/install-sql';
import { SCHEMA } from '../sql/names';
import { has, type Release } from '../releases';
import { connect, quoted, withDatabase, type Postgres } from './connect';

/** Installs the emulator's schema, triggers and publication if they are missing. */
async function installInto(client: Client, more: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [SCHEMA]);
  if (rowCount === 0) await client.query(`BEGIN; ${INSTALL_SQL}${more} COMMIT; RESET allow_system_table_mods`);
}

/**
 * Installs into every database and into both templates: a database that is created later has it from its first
 * statement on. `template0` allows connections only during the installation.
 */
export async function installEverywhere(postgres: Postgres, release: Release): Promise<void> {
  const more = has(release, 'namesTablegroupsYb')
    ? ''
    : 'ALTER VIEW pg_catalog.pg_yb_tablegroup RENAME TO pg_tablegroup;';
  const admin = await connect(postgres, 'postgres');
  try {
    const { rows } = await admin.query<{ name: string; closed: boolean }>(
      'SELECT datname AS name, NOT datallowconn AS closed FROM pg_database ORDER BY datname',
    );
    for (const { name, closed } of rows) {
      if (closed && name !== 'template0') continue;
      if (closed) await admin.query(`ALTER DATABASE ${quoted(name)} ALLOW_CONNECTIONS true`);
      await withDatabase(postgres, name, async (client) => {
        await installInto(client, more);
      });
      if (name === 'template0') await admin.query('ALTER DATABASE template0 ALLOW_CONNECTIONS false');
    }
  } finally {
    await admin.end();
  }
}
