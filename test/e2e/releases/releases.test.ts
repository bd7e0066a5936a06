import type { BackUpDatabaseResult, InspectClusterResult, RestoreDatabaseResult } from '../../../src/contract';
import { leftovers } from '../../support/cluster/cluster-state';
import { cql } from '../../support/cluster/cql';
import { onCluster } from '../../support/cluster/fault-cluster';
import { EVERY, Ledger, upTo } from '../../support/ledger';
import { contentOf, schemaOf } from '../../support/cluster/sql';
import { failureOf } from '../../support/stack';

/**
 * The oldest release and the one that the embedded stack is by default have their own tests, which `npm test` runs too.
 */
const RELEASES = ['2.14', '2.20', '2024.2', '2025.2', '2026.1'] as const;
/** Where tservers have a JSON page of tablets, and schedules can be changed: from YugabyteDB's sources. */
const HAS = {
  tabletsJson: ['2.20', '2024.2', '2025.2', '2026.1'],
  editSchedule: ['2.20', '2024.2', '2025.2', '2026.1'],
};

describe.each(RELEASES)('YugabyteDB %s', (dialect) => {
  it('a database and a keyspace are backed up and come back as they were', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const source = await cluster.database('shop');
      const page = await fetch(`http://${cluster.json.tservers[0]?.http ?? ''}/api/v1/tablets`);
      expect(page.status).toBe(HAS.tabletsJson.includes(dialect) ? 200 : 404);
      const inspected = await cluster.run<InspectClusterResult>('inspectCluster', {});
      expect(inspected.problems).toEqual([expect.stringContaining(`${source} has neither a backup`)]);

      const backup = await cluster.run<BackUpDatabaseResult>('backUpDatabase', {
        database: source,
        fingerprint: 'full',
      });
      expect(backup.warnings).toBeUndefined();
      const input = { backup: backup.backupId, as: 'shop_copy', verify: 'full' };
      const restored = await cluster.run<RestoreDatabaseResult>('restoreDatabase', input);
      expect(restored.verified).toMatchObject({ level: 'full', tablesChecked: backup.tables });
      const { ysql } = cluster.json;
      expect(await contentOf(ysql, 'shop_copy')).toEqual(await contentOf(ysql, source.slice(5)));
      expect(await schemaOf(ysql, 'shop_copy')).toEqual(await schemaOf(ysql, source.slice(5)));

      await cql(cluster.json, 'CREATE KEYSPACE stock; CREATE TABLE stock.items (id int PRIMARY KEY, what text)');
      for (const id of [1, 2, 3]) await cql(cluster.json, `INSERT INTO stock.items (id, what) VALUES (${id}, 'item')`);
      const kept = await cluster.run<BackUpDatabaseResult>('backUpDatabase', { database: 'ycql.stock' });
      await cluster.run('restoreDatabase', { backup: kept.backupId, as: 'stock_copy' });
      const rows = async (keyspace: string) => await cql(cluster.json, `SELECT * FROM ${keyspace}.items`);
      expect(await rows('stock_copy')).toEqual(await rows('stock'));
      expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
    });
  }, 180_000);

  it('history is kept, a database rewound, the schedule changed where it can be, and deleted', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const ledger = await Ledger.on(cluster);
      await ledger.write(1, 20);
      await ledger.rewind(ledger.behind(12));
      expect(await ledger.numbers()).toEqual(upTo(12));
      const other = await cluster.start('enablePointInTimeRecovery', {
        database: ledger.database,
        ...EVERY,
        every: '2 minutes',
      });
      if (HAS.editSchedule.includes(dialect)) expect(await other.result()).toMatchObject({ every: '2 minutes' });
      else expect(await failureOf(other)).toMatchObject({ type: 'IncompatibleVersion' });
      await ledger.disable();
      expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
    });
  }, 180_000);
});
