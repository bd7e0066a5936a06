import { onCluster } from '../support/cluster/fault-cluster';
import { dialects, inFull } from '../support/matrix';
import { databaseNames, withSql } from '../support/cluster/sql';
import { failureOf } from '../support/stack';

describe.each(dialects())('a restore that is refused, dialect %s', (dialect) => {
  it.concurrent('42: the target name exists: AlreadyExists, and what is there is not touched', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const backup = { cluster, ...(await cluster.backUp(await cluster.database())), content: {} };
      const database = await cluster.database('taken', 'CREATE TABLE mine (id int); INSERT INTO mine VALUES (7)');
      const before = await cluster.content(database);
      const failure = await failureOf(await cluster.startRestore(backup, database.slice(5)));
      expect(failure).toMatchObject({ type: 'AlreadyExists' });
      expect(await cluster.content(database)).toEqual(before);
    });
  });

  inFull('44: a disk has no room for its share: refused with the numbers, nothing made', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const backup = { cluster, ...(await cluster.backUp(await cluster.database())), content: {} };
      await cluster.act('disk', { tserver: 1, freeBytes: 1_000 });
      const before = await databaseNames(cluster.json.ysql);
      const failure = await failureOf(await cluster.startRestore(backup, 'copy'));
      expect(failure).toMatchObject({ type: 'PreflightFailed' });
      expect(failure.message).toMatch(
        /has 1000 bytes free, and its share of the restore needs about \d{4,}\. Free space/,
      );
      expect(await databaseNames(cluster.json.ysql)).toEqual(before);
    });
  });

  inFull('57: it lacks the universe key that the files are encrypted with: refused until it has it', async () => {
    await onCluster({ dialect }, async (from) => {
      const database = await from.database();
      await from.act('universe-keys', { keys: ['key-1', 'key-2'] });
      const backup = { cluster: from, ...(await from.backUp(database)), content: {} };
      await onCluster({ dialect }, async (to) => {
        await to.act('universe-keys', { keys: ['key-1'] });
        const failure = await failureOf(await to.startRestore(backup, 'copy'));
        expect(failure).toMatchObject({ type: 'PreflightFailed' });
        expect(failure.message).toMatch(/universe key key-2, which this cluster's masters do not have/);
        expect(await databaseNames(to.json.ysql)).not.toContain('copy');
        await to.act('universe-keys', { keys: ['key-2', 'key-1'] });
        await to.restore(backup, 'copy', { verify: 'counts' });
        expect(await to.content('copy')).toEqual(await from.content(database));
      });
    });
  });
});

describe('a restore into another cluster', () => {
  inFull('45: it is older than the backup: refused, with both versions', async () => {
    await onCluster({ dialect: '2025.1' }, async (newer) => {
      const database = await newer.database();
      const { backupId } = await newer.backUp(database);
      await onCluster({ dialect: '2.6' }, async (older) => {
        const failure = await failureOf(await older.startRestore({ cluster: newer, backupId, content: {} }, 'copy'));
        expect(failure.type).toBe('IncompatibleVersion');
        expect(failure.message).toMatch(/made by YugabyteDB 2025\.1.*this cluster is 2\.6/);
        expect(await databaseNames(older.json.ysql)).not.toContain('copy');
      });
    });
  });

  inFull('48: a role of the backup is missing: refused with its name; made, or left out, by choice', async () => {
    await onCluster({}, async (from) => {
      const database = await from.database();
      const grant = 'CREATE ROLE clerk; GRANT SELECT ON orders TO clerk';
      await withSql(from.json.ysql, database.slice(5), async (sql) => await sql.query(grant));
      const backup = { cluster: from, ...(await from.backUp(database)), content: {} };
      await onCluster({}, async (to) => {
        const roles = async (): Promise<string[]> =>
          await withSql(to.json.ysql, 'yugabyte', async (sql) =>
            (
              await sql.query<{ name: string }>("SELECT rolname AS name FROM pg_roles WHERE rolname = 'clerk'")
            ).rows.map(({ name }) => name),
          );
        const failure = await failureOf(await to.startRestore(backup, 'copy'));
        expect(failure).toMatchObject({ type: 'PreflightFailed' });
        expect(failure.message).toMatch(/roles clerk .*"roles": "create" or "skip"/);
        await to.restore(backup, 'without', { roles: 'skip', verify: 'counts' });
        expect(await roles()).toEqual([]);
        await to.restore(backup, 'with', { roles: 'create', verify: 'counts' });
        expect(await roles()).toEqual(['clerk']);
        for (const name of ['without', 'with']) expect(await to.content(name)).toEqual(await from.content(database));
      });
    });
  });
});
