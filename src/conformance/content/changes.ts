import type { World } from '../world';

/** Changes between two moments that are compared: rows are inserted, deleted and updated. */
export const CHANGES = {
  ysql: async ({ sql }: World, database: string): Promise<void> => {
    await sql.use(
      database,
      'change the database',
      async (query) => {
        await query('SET search_path = public');
        await query(
          "INSERT INTO customers (name, born) SELECT 'later ' || i, date '1990-01-01' FROM generate_series(1, 25) i",
        );
        await query("UPDATE every_type SET long = 'changed' WHERE id % 10 = 0");
        await query("DELETE FROM no_key WHERE what = 'event 13'");
      },
      { mutates: true },
    );
  },
  ycql: async ({ yugabyte }: World, keyspace: string): Promise<void> => {
    await yugabyte.cql.define([
      `INSERT INTO ${keyspace}.customers (id, name) VALUES (900, 'later')`,
      `DELETE FROM ${keyspace}.customers WHERE id = 1`,
      `UPDATE ${keyspace}.customers SET name = 'changed' WHERE id = 2`,
    ]);
  },
} as const;
