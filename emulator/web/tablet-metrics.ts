import type { Cluster } from '../cluster';
import { parseBody, readTabletFile } from '../journal/tablet-file';
import { tabletDir } from '../paths';
import { APPLICATION_NAME } from '../postgres/connect';

/** Rows that a file adds or removes; a file never changes. */
const written = new Map<string, number>();

/**
 * The metrics of a tserver's tablets. The emulator knows only the database of a writing transaction, so each of the
 * database's tablets reports it.
 */
export async function tabletMetrics(cluster: Cluster, tserver: number): Promise<object[]> {
  const { options, databases, connections } = cluster;
  const rows = await connections.read<{ name: string; open: number }>(
    `SELECT datname AS name, count(*)::int AS open FROM pg_stat_activity
      WHERE backend_xid IS NOT NULL AND application_name <> $1 GROUP BY 1`,
    [APPLICATION_NAME],
  );
  const open = new Map(rows.map(({ name, open: running }) => [name, running] as const));
  await databases.flushAll();
  const replicas = cluster.state.databases.flatMap((database) =>
    database.tables.flatMap((table) =>
      table.tablets
        .filter((tablet) => tablet.replicas.includes(tserver))
        .map((tablet) => ({ database, table, tablet })),
    ),
  );
  return await Promise.all(
    replicas.map(async ({ database, table, tablet }) => {
      const directory = tabletDir({ home: options.home, tserver, tableId: table.id, tabletId: tablet.id });
      const counts = tablet.files
        .filter(({ ballast }) => !ballast)
        .map(async ({ number }) => {
          const key = `${tserver} ${tablet.id} ${number}`;
          const known = written.get(key) ?? (await writesIn(directory, number));
          written.set(key, known);
          return known;
        });
      const value = (await Promise.all(counts)).reduce((sum, one) => sum + one, 0);
      return {
        type: 'tablet',
        id: tablet.id,
        attributes: { table_id: table.id, table_name: table.name, namespace_name: database.keyspace ?? database.name },
        metrics: [
          { name: 'rows_inserted', value },
          { name: 'transactions_running', value: open.get(database.name) ?? 0 },
        ],
      };
    }),
  );
}

async function writesIn(directory: string, number: number): Promise<number> {
  return parseBody((await readTabletFile(directory, number)).body).filter(([kind]) => 'idtn'.includes(kind)).length;
}
