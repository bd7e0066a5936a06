import type { BackUpDatabaseResult, RestoreDatabaseResult } from '../../../src/contract';
import { leftovers } from '../../support/cluster/cluster-state';
import { onCluster } from '../../support/cluster/fault-cluster';
import { FULL } from '../../support/matrix';
import { databaseNames, schemaOf, withSql, type SqlAddress } from '../../support/cluster/sql';
import { failureOf } from '../../support/stack';

const ROWS = `
  CREATE SCHEMA kept; CREATE EXTENSION vector SCHEMA kept;
  CREATE TABLE places (id int PRIMARY KEY, at kept.vector(3) NOT NULL, name text);
  INSERT INTO places SELECT n, ('[' || n || ',' || n % 7 || ',0.5]')::kept.vector, 'place ' || n FROM generate_series(1, 50) n;`;

/** What of an extension stands in the catalogue, by name: its row, and its members. */
async function extensionIn(ysql: SqlAddress, database: string): Promise<unknown[]> {
  return await withSql(ysql, database, async (client) => {
    const { rows } = await client.query(`
      SELECT e.extname, e.extversion, e.extrelocatable, e.extowner::regrole::text AS owner, e.extnamespace::regnamespace::text AS schema,
             (SELECT array_agg(pg_describe_object(d.classid, d.objid, d.objsubid) ORDER BY pg_describe_object(d.classid, d.objid, d.objsubid))
                FROM pg_depend d WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e') AS members
        FROM pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY 1`);
    return rows;
  });
}

describe.each(FULL ? (['2.14', '2025.1'] as const) : (['2025.1'] as const))('YugabyteDB %s', (dialect) => {
  it('24.4: an extension comes back with its members, and one that a cluster lacks is named before anything is made', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const { ysql } = cluster.json;
      const source = (await cluster.database('geo', ROWS)).slice(5);
      const [before, content] = [await extensionIn(ysql, source), await cluster.content(source)];
      const backup = await cluster.run<BackUpDatabaseResult>('backUpDatabase', {
        database: `ysql.${source}`,
        fingerprint: 'full',
      });
      const restored = await cluster.run<RestoreDatabaseResult>('restoreDatabase', {
        backup: backup.backupId,
        as: 'geo_copy',
        verify: 'full',
      });
      // Its members are functions of a library, which the dump names one by one.
      expect(restored.warnings).toEqual([expect.stringMatching(/^The schema of .* \$libdir\/vector/)]);
      expect(await cluster.content('geo_copy')).toEqual(content);
      expect(await schemaOf(ysql, 'geo_copy')).toEqual(await schemaOf(ysql, source));
      expect(await extensionIn(ysql, 'geo_copy')).toEqual(before);
      await withSql(ysql, 'geo_copy', async (client) => {
        const nearest = await client.query(
          `SELECT name FROM places ORDER BY at OPERATOR(kept.<->) '[3,3,0.5]'::kept.vector LIMIT 1`,
        );
        expect(nearest.rows).toEqual([{ name: 'place 3' }]);
        await expect(client.query('DROP FUNCTION kept.vector_dims(kept.vector)')).rejects.toThrow(
          'cannot drop function kept.vector_dims(kept.vector) because extension vector requires it',
        );
        await client.query('DROP EXTENSION vector CASCADE'); // all of its members, and the column with them
      });
      expect(await extensionIn(ysql, 'geo_copy')).toEqual([]);

      // An extension whose files this cluster does not have, as after a restore to one with fewer packages.
      await withSql(ysql, source, async (client) => {
        await client.query('SET yb.binary_restore = true'); // as the emulator's own port keeps it
        await client.query(
          `SELECT pg_catalog.binary_upgrade_create_empty_extension('rare', 'kept', true, '1.0', NULL, NULL, ARRAY['vector'])`,
        );
      });
      const other = await cluster.run<BackUpDatabaseResult>('backUpDatabase', { database: `ysql.${source}` });
      const names = await databaseNames(ysql);
      const refused = await cluster.start('restoreDatabase', { backup: other.backupId, as: 'geo_again' });
      expect(await failureOf(refused)).toMatchObject({
        type: 'PreflightFailed',
        message: expect.stringContaining('The extensions rare are not available on this cluster') as string,
      });
      expect(await databaseNames(ysql)).toEqual(names);
      expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
    });
  }, 180_000);
});
