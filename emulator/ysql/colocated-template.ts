import { Mutex } from '../mutex';
import { connect, quoted, withDatabase, type Postgres } from '../postgres/connect';
import { SCHEMA } from '../sql/names';
import { COLOCATED_TEMPLATE } from './yb-syntax';

const one = new Mutex();

/**
 * A colocated database must be marked as such from its creation, so it is a copy of a marked template. The template
 * allows no connections, so it is not listed. It has the cluster's locale; PostgreSQL refuses another one for its
 * copies.
 */
export async function ensureColocatedTemplate(
  postgres: Postgres,
  kind: keyof typeof COLOCATED_TEMPLATE,
): Promise<void> {
  const name = COLOCATED_TEMPLATE[kind];
  await one.run(async () => {
    const admin = await connect(postgres, 'postgres');
    try {
      const { rows } = await admin.query<{ done: boolean }>(
        'SELECT NOT datallowconn AS done FROM pg_database WHERE datname = $1',
        [name],
      );
      if (rows[0]?.done) return;
      if (rows.length === 0) await admin.query(`CREATE DATABASE ${quoted(name)} TEMPLATE template0 IS_TEMPLATE true`);
      await withDatabase(postgres, name, async (client) => {
        await client.query(`UPDATE ${SCHEMA}.database SET colocated = true, legacy = $1`, [kind === 'legacy']);
      });
      await admin.query(`ALTER DATABASE ${quoted(name)} ALLOW_CONNECTIONS false`);
    } finally {
      await admin.end();
    }
  });
}
