import { quoted, withSql } from './sql';
import { stackJson } from '../stack';

/** Of the common cluster, keyspaces too: the stand-in keeps each in a PostgreSQL database, as a template. */
async function databases(): Promise<{ name: string; template: boolean }[]> {
  return await withSql(stackJson().ysql, 'yugabyte', async (client) => {
    const { rows } = await client.query<{ name: string; template: boolean }>(
      "SELECT datname AS name, datistemplate AS template FROM pg_database WHERE datname NOT LIKE 'template_'",
    );
    return rows;
  });
}

let before: Set<string>;

beforeAll(async () => {
  before = new Set((await databases()).map(({ name }) => name));
});

// Every look of the stand-in at all databases takes longer with each that a file leaves behind.
afterAll(async () => {
  const made = (await databases()).filter(({ name }) => !before.has(name));
  await withSql(stackJson().ysql, 'yugabyte', async (client) => {
    for (const { name, template } of made) {
      if (template) await client.query(`ALTER DATABASE ${quoted(name)} IS_TEMPLATE false`);
      // One that the stand-in is reading stays; the next file continues without it.
      await client.query(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`).catch(() => undefined);
    }
  });
});
