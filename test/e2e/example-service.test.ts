import type { AddressInfo } from 'node:net';
import { KalpaClient } from 'kalpa';
import { migrationService } from '../../docs/examples/migration-service/service';
import { inFull } from '../support/matrix';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { withSql } from '../support/cluster/sql';

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

type Post = (migration: object) => Promise<Answer>;

/** The service of docs/examples on a cluster of its own. */
async function withService(work: (cluster: FaultCluster, post: Post) => Promise<void>): Promise<void> {
  await onCluster({}, async (cluster) => {
    const { temporal, ysql } = cluster.json;
    const kalpa = await KalpaClient.connect({
      cluster: cluster.name,
      connection: { address: temporal.address },
      namespace: temporal.namespace,
      ui: temporal.ui,
    });
    const service = migrationService(kalpa, async (database, sql) => {
      await withSql(ysql, database.slice(5), async (client) => await client.query(sql));
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const { port } = service.address() as AddressInfo;
    try {
      await work(cluster, async (migration) => {
        const response = await fetch(`http://127.0.0.1:${port}/migrations`, {
          method: 'POST',
          body: JSON.stringify(migration),
        });
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
      });
    } finally {
      service.closeAllConnections();
      await new Promise((resolve) => service.close(resolve));
      await kalpa.close();
    }
  });
}

/** The recovery points stay for two days; on a test's cluster nothing may. */
async function dropRecoveryPoints(cluster: FaultCluster): Promise<void> {
  const listed = await cluster.ybAdmin('list_snapshots');
  for (const [snapshotId] of listed.matchAll(/^[0-9a-f-]{36}(?=.*COMPLETE)/gm))
    await (await cluster.start('deleteSnapshot', { snapshotId })).result().catch(() => undefined); // a schedule's own
}

const columns = async ({ json }: FaultCluster, database: string): Promise<string[]> =>
  await withSql(json.ysql, database.slice(5), async (client) => {
    const { rows } = await client.query<{ column_name: string }>(
      "SELECT column_name FROM information_schema.columns WHERE table_name = 'customers' ORDER BY 1",
    );
    return rows.map(({ column_name }) => column_name);
  });

describe('the example service: a recovery point before each migration', () => {
  it.concurrent('a migration that goes well stays; one that fails on rows is put back by the snapshot', async () => {
    await withService(async (cluster, post) => {
      const database = await cluster.database();
      const id = `${cluster.name}-1`;
      const done = await post({ id, database, sql: "UPDATE customers SET name = name || ' new' WHERE id <= 10" });
      expect(done).toMatchObject({ status: 200, body: { state: 'migrated', recoveryPoint: { hasHistory: false } } });

      const before = await cluster.content(database);
      const sql = 'BEGIN; DELETE FROM orders; COMMIT; INSERT INTO customers (name) SELECT NULL';
      const failed = await post({ id: `${cluster.name}-2`, database, sql });
      expect(failed).toMatchObject({ status: 409, body: { state: 'rolled back', by: 'snapshot' } });
      expect(failed.body['error']).toContain('null value');
      expect(await cluster.content(database)).toEqual(before);
      await dropRecoveryPoints(cluster);
    });
  });

  inFull('one that fails after it changed the schema is rewound where the history is kept', async () => {
    await withService(async (cluster, post) => {
      const database = await cluster.database();
      const enable = { database, every: '1 minute', keep: '10 minutes' };
      await (await cluster.start('enablePointInTimeRecovery', enable)).result();
      const [before, columnsBefore] = [await cluster.content(database), await columns(cluster, database)];
      const sql =
        'BEGIN; ALTER TABLE customers ADD COLUMN phone text; UPDATE orders SET total = 0; COMMIT; SELECT 1 / 0';
      const failed = await post({ id: `${cluster.name}-3`, database, sql });
      expect(failed.body).toMatchObject({ state: 'rolled back', by: 'rewind' });
      expect(failed.status).toBe(409);
      expect(await columns(cluster, database)).toEqual(columnsBefore);
      expect(await cluster.content(database)).toEqual(before);
      await (await cluster.start('disablePointInTimeRecovery', { database })).result();
      await dropRecoveryPoints(cluster);
    });
  });

  inFull('without a recovery point nothing is tried; a refused way back is said loudly', async () => {
    await withService(async (cluster, post) => {
      const unknown = await post({ id: `${cluster.name}-4`, database: 'ysql.nowhere', sql: 'SELECT 1' });
      expect(unknown).toMatchObject({ status: 503, body: { state: 'not started' } });
      expect(unknown.body['error']).toContain('nowhere');

      const database = await cluster.database();
      const sql = 'BEGIN; ALTER TABLE customers ADD COLUMN phone text; COMMIT; SELECT 1 / 0';
      const stuck = await post({ id: `${cluster.name}-5`, database, sql });
      expect(stuck).toMatchObject({ status: 500, body: { state: 'NOT rolled back' } });
      expect(stuck.body['error']).toContain('division by zero');
      expect(stuck.body['rollBackError']).toContain('schema');
      expect(stuck.body['link']).toContain(encodeURIComponent(`migration/${cluster.name}-5/roll-back`));
      await dropRecoveryPoints(cluster);
    });
  });
});
