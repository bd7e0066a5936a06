// What `npm test` has of the faults that a restore outlives, or is refused for: several in one run. `npm run test:full`
// has each alone, in both dialects, and does not run this folder.
import { bulky, hurry, SLOW } from '../../support/cluster/copying';
import { onCluster } from '../../support/cluster/fault-cluster';
import { removeForgotten } from '../../support/cluster/forgotten-restoration';
import { loseARow, loseConnectionsWhile, repairTemplate, refuseIndexes } from '../../support/cluster/spoiled-template';
import { databaseNames, withSql } from '../../support/cluster/sql';
import { failureOf } from '../../support/stack';
import { untilCopying, untilDeadReplicaNoticed, untilTriedAgain } from '../../support/cluster/watch-run';

describe('faults that meet one restore', () => {
  it.concurrent(
    '24, 44, 47, 48, 51, 52, 53, 54, 57: its backup lost one directory and half of another; it lacks room, a role and a key: refused; it loses connections, replicas, a tserver and a reply: whole',
    async () => {
      await onCluster({ dialect: '2025.1' }, async (cluster) => {
        const { ysql } = cluster.json;
        const database = await bulky(cluster);
        await cluster.sql(database, 'CREATE ROLE clerk; GRANT SELECT ON orders TO clerk');
        await cluster.act('universe-keys', { keys: ['key-1', 'key-2'] });
        await cluster.arm({ name: 'snapshot-directory-gone', tserver: 0 });
        await cluster.arm({ name: 'snapshot-directory-half', tserver: 1 });
        const backup = await cluster.backUp(database, { fingerprint: 'full' });
        const lost = (await cluster.status()).struck.map(({ name }) => name).sort();
        expect(lost).toEqual(['snapshot-directory-gone', 'snapshot-directory-half']);
        const content = await cluster.content(database);
        const shared = { cluster, backupId: backup.backupId, content };

        await cluster.sql(database, 'DROP OWNED BY clerk; DROP ROLE clerk');
        await cluster.act('universe-keys', { keys: ['key-1'] });
        await cluster.act('disk', { tserver: 1, freeBytes: 1_000 });
        const before = await databaseNames(ysql);
        const refused = await failureOf(await cluster.startRestore(shared, 'copy'));
        expect(refused).toMatchObject({ type: 'PreflightFailed' });
        expect(refused.message).toMatch(/has 1000 bytes free, and its share of the restore needs about \d{4,}/);
        expect(refused.message).toMatch(/universe key key-2, which this cluster's masters do not have/);
        expect(refused.message).toMatch(/roles clerk .*"roles": "create" or "skip"/);
        expect(await databaseNames(ysql)).toEqual(before);
        await cluster.act('universe-keys', { keys: ['key-2', 'key-1'] });
        await cluster.disarm();

        await loseConnectionsWhile(ysql, 'at_index');
        await cluster.arm({ name: 'tablets-start-late', ms: 10_000 });
        await cluster.arm({ name: 'slow', command: 'list_snapshot_restorations', ms: 300, times: 100 });
        await cluster.arm({ name: 'lose-reply', command: 'restore_snapshot' });
        const handle = await cluster.startRestore(shared, 'copy', { roles: 'create', ...SLOW });
        await untilTriedAgain(handle, 'loadSchema');
        await cluster.sql('yugabyte', 'DROP ROLE at_index');
        await untilCopying(handle);
        await cluster.act('replica', { tserver: 2 });
        await cluster.act('leader', {});
        await cluster.act('tserver', { tserver: 1, alive: false });
        await hurry(handle);
        await untilDeadReplicaNoticed(handle);
        expect((await cluster.status()).restorations).toEqual([]);
        await cluster.act('tserver', { tserver: 1, alive: true });
        await handle.result();
        expect(await cluster.content('copy')).toEqual(content); // the stand-in fails a restoration whose tablets do not run
        const { restorations, struck } = await cluster.status();
        expect(restorations).toHaveLength(1);
        expect(struck).toContainEqual(expect.objectContaining({ name: 'lose-reply', command: 'restore_snapshot' }));
        const clerks = await withSql(
          ysql,
          'yugabyte',
          async (sql) => await sql.query("SELECT 1 FROM pg_roles WHERE rolname = 'clerk'"),
        );
        expect(clerks.rows).toHaveLength(1);
      });
    },
  );

  it.concurrent(
    '46, 50, 55: a statement of the schema fails, a table is missing on import, the restoration ends FAILED: RestoreFailed, nothing left',
    async () => {
      await onCluster({ dialect: '2025.1' }, async (cluster) => {
        const { ysql } = cluster.json;
        const { backupId } = await cluster.backUp(await cluster.database());
        const before = await databaseNames(ysql);
        const failed = async () =>
          await failureOf(await cluster.startRestore({ cluster, backupId, content: {} }, 'copy', { whenBusy: 'wait' }));

        await refuseIndexes(ysql);
        const statement = await failed();
        await repairTemplate(ysql);
        expect(statement).toMatchObject({ type: 'RestoreFailed' });
        expect(statement.message).toMatch(/no index today.*\(CREATE INDEX .*orders_by_customer/);
        expect(await databaseNames(ysql)).toEqual(before);

        await cluster.arm({
          name: 'fail',
          command: 'import_snapshot',
          text: 'Invalid argument (yb/tools/yb-admin_client_ent.cc:719): Unable to import snapshot meta file x: YSQL table not found: orders: OBJECT_NOT_FOUND (master error 3)',
        });
        const missing = await failed();
        expect(missing).toMatchObject({ type: 'RestoreFailed' });
        expect(missing.message).toMatch(/YSQL table not found: orders/);
        expect(await databaseNames(ysql)).toEqual(before);

        await cluster.arm({ name: 'restoration-fails' });
        const restoration = await failed();
        expect(restoration).toMatchObject({ type: 'RestoreFailed' });
        expect(restoration.message).toMatch(/FAILED.*start the restore again/);
        expect(await databaseNames(ysql)).toEqual(before);
      });
    },
  );

  it.concurrent(
    '17, 49, 56, 61: two databases are backed up at once; rows differ: kept under the scratch name; the restoration is forgotten: reported by id',
    async () => {
      await onCluster({ dialect: '2025.1', timing: { leftoverDeadline: '1s' } }, async (cluster) => {
        const { ysql } = cluster.json;
        const [one, two] = [await cluster.database('one'), await cluster.database('two')];
        await cluster.arm({ name: 'lose-reply', command: 'create_database_snapshot', times: 2 });
        const [backup, second] = await Promise.all([cluster.backUp(one), cluster.backUp(two)]);
        expect(backup.snapshotId).not.toBe(second.snapshotId);
        expect([backup.warnings, second.warnings]).toEqual([undefined, undefined]);
        for (const database of [one, two]) expect(await cluster.backupStates(database)).toEqual(['committed']);
        const shared = { cluster, backupId: backup.backupId, content: {} };
        const before = await databaseNames(ysql);

        await loseARow(ysql);
        const differs = await failureOf(await cluster.startRestore(shared, 'copy', { verify: 'counts' }));
        await repairTemplate(ysql);
        expect(differs).toMatchObject({ type: 'VerificationFailed' });
        expect(differs.message).toMatch(
          /customers has 499 rows, and the backup recorded 500.*kept as kalpa_[0-9a-f]{12}/,
        );
        const kept = (await databaseNames(ysql)).filter((name) => name.startsWith('kalpa_'));
        expect(kept).toHaveLength(1);
        for (const name of kept) await cluster.sql('yugabyte', `DROP DATABASE ${name}`);
        expect(await databaseNames(ysql)).toEqual(before);
        await cluster.untilClean();

        await cluster.arm({ name: 'restoration-forgotten' });
        const forgotten = await failureOf(await cluster.startRestore(shared, 'copy', { whenBusy: 'wait' }));
        expect(forgotten).toMatchObject({ type: 'RestoreFailed' });
        const [{ restorationId } = {}] = forgotten.details;
        expect(forgotten.message).toContain(`Restoration ${String(restorationId)} `);
        expect(forgotten.message).toMatch(/its outcome is unknown/);
        await removeForgotten(cluster);
      });
    },
  );
});
