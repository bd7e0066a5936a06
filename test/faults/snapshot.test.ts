import type { BackUpDatabaseResult } from '../../src/contract';
import { untilDumpedAgainBehindLock } from '../support/cluster/behind-a-lock';
import { hurry } from '../support/cluster/copying';
import { expectWhole } from '../support/expect-whole';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { dialects, inFull } from '../support/matrix';
import { withSql } from '../support/cluster/sql';
import { failureOf, until } from '../support/stack';
import { untilCopying, untilPending, untilTriedAgain } from '../support/cluster/watch-run';

const RETAKEN = /^The snapshot was taken again: /;
const idsOf = (listed: string): string[] => listed.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];

/** Backs up, and does something when the snapshot is made and the schema is not yet dumped. */
async function backUpMeanwhile(
  cluster: FaultCluster,
  database: string,
  act: () => Promise<void>,
): Promise<BackUpDatabaseResult> {
  await cluster.arm({ name: 'snapshot-stays-creating' });
  const handle = await cluster.start('backUpDatabase', { database, fingerprint: 'full' });
  await untilPending(handle, 'waitForSnapshot');
  await act();
  await cluster.disarm();
  return (await handle.result()) as BackUpDatabaseResult;
}

describe.each(dialects())('the snapshot of a backup, dialect %s', (dialect) => {
  inFull('1: ends FAILED: deleted and taken again', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      await cluster.arm({ name: 'snapshot-fails' });
      const backup = await cluster.backUp(database);
      expect(backup.warnings).toEqual([expect.stringMatching(/^The snapshot was taken again: .*is FAILED/)]);
      expect(await cluster.backupStates(database)).toEqual(['committed']);
    });
  });

  inFull('1: ends FAILED again and again: SnapshotFailed, nothing listed', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      await cluster.arm({ name: 'snapshot-fails', times: 100 });
      const failure = await failureOf(await cluster.start('backUpDatabase', { database }));
      expect(failure).toMatchObject({ type: 'SnapshotFailed' });
      expect(failure.message).toMatch(/5 snapshots in a row.*Check the masters and tservers/);
      expect(await cluster.backupStates(database)).toEqual(['failed']);
    });
  });

  inFull('2: stuck CREATING: deleted at its deadline and taken again', async () => {
    await onCluster({ dialect, timing: { snapshotDeadline: '1s' } }, async (cluster) => {
      const database = await cluster.database();
      await cluster.arm({ name: 'snapshot-stays-creating' });
      const handle = await cluster.start('backUpDatabase', { database });
      await untilPending(handle, 'deleteSnapshot');
      await cluster.disarm();
      const backup = (await handle.result()) as { warnings?: string[] };
      expect(backup.warnings?.[0]).toMatch(/^The snapshot was taken again: .*still CREATING after 1 s/);
    });
  });

  it.concurrent(
    '3: the reply of its creation is lost, beside a snapshot of someone else: one is made, and used',
    async () => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await cluster.database();
        const foreign = await cluster.ybAdmin('create_database_snapshot', database);
        const [foreignId = ''] = idsOf(foreign);
        await cluster.arm({ name: 'lose-reply', command: 'create_database_snapshot' });
        const backup = await cluster.backUp(database);
        expect(backup.snapshotId).not.toBe(foreignId);
        await until('only the foreign one is left', async () => {
          const left = idsOf(await cluster.ybAdmin('list_snapshots'));
          return left.length === 1 && left[0] === foreignId;
        });
        await cluster.ybAdmin('delete_snapshot', foreignId);
      });
    },
  );

  inFull('3: the reply of its creation is lost, beside a snapshot of a schedule: ours is used', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      await cluster.ybAdmin('create_snapshot_schedule', '60', '600', database);
      const listed = async (): Promise<string[]> => idsOf(await cluster.ybAdmin('list_snapshots'));
      await until('the schedule has its first snapshot', async () => (await listed()).length === 1);
      const before = await listed();
      await cluster.arm({ name: 'lose-reply', command: 'create_database_snapshot' });
      const handle = await cluster.start('backUpDatabase', { database });
      await until('the reply is lost', async () => (await cluster.status()).struck.length > 0);
      await until('the schedule takes another one', async () => {
        await cluster.act('schedule-snapshot', {});
        const ids = idsOf(await cluster.ybAdmin('list_snapshot_schedules'));
        return (await listed()).filter((id) => ids.includes(id)).length > before.length;
      });
      const backup = (await handle.result()) as { snapshotId: string; warnings?: string[] };
      expect(idsOf(await cluster.ybAdmin('list_snapshot_schedules'))).not.toContain(backup.snapshotId);
      expect(backup.warnings).toBeUndefined();
      expect(await cluster.backupStates(database)).toEqual(['committed']);
    });
  });

  inFull('6: a table is made, and filled, before the dump: taken again with the table', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const ddl = 'CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late SELECT generate_series(1, 10)';
      const backup = await backUpMeanwhile(cluster, database, async () => {
        await cluster.sql(database, ddl);
      });
      expect(backup.tables).toBe(3);
      expect(backup.warnings).toEqual([expect.stringMatching(RETAKEN)]);
      await expectWhole(cluster, database, backup);
    });
  });

  inFull('10: an index is INVALID: left out of the backup, and named', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      await withSql(cluster.json.ysql, database.slice(5), async (sql) => {
        const unique = 'CREATE UNIQUE INDEX CONCURRENTLY one_order_each ON orders (customer)';
        await expect(sql.query(unique)).rejects.toThrow(/could not create unique index/);
      });
      const backup = await cluster.backUp(database, { fingerprint: 'full' });
      expect(backup.warnings).toEqual([
        expect.stringMatching(/^Invalid indexes are not in the backup: public\.one_order_each\./),
      ]);
      await expectWhole(cluster, database, backup);
    });
  });

  inFull('20: a disk is nearly full: refused with its free bytes, before a snapshot', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      await cluster.act('disk', { tserver: 1, freeBytes: 1_000_000_000 });
      for (const type of ['backUpDatabase', 'createSnapshot']) {
        const failure = await failureOf(await cluster.start(type, { database }));
        expect(failure).toMatchObject({ type: 'PreflightFailed' });
        expect(failure.message).toMatch(/A disk of \S+ has 1000000000 bytes free.*kalpa snapshot list/);
      }
      await cluster.disarm();
      await cluster.backUp(database);
    });
  });

  inFull('11: a tablet is being split: waited for, under a lease that expires', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      await cluster.arm({ name: 'split-goes-on', times: 3 });
      await cluster.backUp(database);
      expect((await cluster.status()).struck).toHaveLength(dialect === '2.6' ? 0 : 3); // 2.6 knows no lease
    });
  });

  it.concurrent(
    '13: the control worker dies while splitting is paused: the pause expires two minutes later',
    async () => {
      await onCluster({ dialect, apart: ['control-worker'], timing: { snapshotDeadline: '2m' } }, async (cluster) => {
        const database = await cluster.database();
        await cluster.arm({ name: 'snapshot-stays-creating' });
        const begun = Date.now();
        const handle = await cluster.start('backUpDatabase', { database });
        await untilPending(handle, 'waitForSnapshot');
        const leased = (await cluster.status()).splittingDisabledUntilMs;
        await cluster.kill('control-worker');
        await untilTriedAgain(handle, 'waitForSnapshot');
        const { splittingDisabledUntilMs: later } = await cluster.status();
        expect(later).toBe(leased); // nobody makes it longer
        if (dialect === '2.6')
          expect(later).toBe(0); // it knows no lease
        else expect((later ?? Infinity) - begun).toBeLessThan(120_000 + 30_000);
        await cluster.disarm();
        await handle.result();
      });
    },
  );

  inFull('12: tablets are split in spite of the lease: taken again, and nothing is missing', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const backup = await backUpMeanwhile(cluster, database, async () => {
        await cluster.act('split', { database: database.slice(5) });
      });
      expect(backup.warnings).toEqual([expect.stringMatching(/taken again/)]);
      await expectWhole(cluster, database, backup);
    });
  });

  inFull('14: a tablet is in the snapshot beside one that it was split into: taken again', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      await cluster.arm({ name: 'snapshot-holds-split-parent' });
      const backup = await cluster.backUp(database, { fingerprint: 'full' });
      expect(backup.warnings).toEqual([expect.stringMatching(/taken again: .*(overlaps|lies inside another one)/)]);
      await expectWhole(cluster, database, backup);
    });
  });

  inFull('15: the dump of the schema hangs behind a lock: ended at its time-out, and begun again', async () => {
    await onCluster({ dialect, timing: { commandTimeout: '4s' } }, async (cluster) => {
      const database = await cluster.database();
      await cluster.arm({ name: 'snapshot-stays-creating' });
      const handle = await cluster.start('backUpDatabase', { database, fingerprint: 'none' });
      await untilPending(handle, 'waitForSnapshot');
      await untilDumpedAgainBehindLock(cluster, database);
      await handle.result();
      expect(await cluster.backupStates(database)).toEqual(['committed']);
    });
  });

  inFull('9: a table is rewritten before the dump: taken again', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      const rewrite = 'ALTER TABLE orders ALTER COLUMN customer TYPE bigint; DELETE FROM orders WHERE id <= 10';
      const backup = await backUpMeanwhile(cluster, database, async () => {
        await cluster.sql(database, rewrite);
      });
      expect(backup.warnings).toEqual([expect.stringMatching(/taken again/)]);
      await expectWhole(cluster, database, backup);
    });
  });

  inFull('5: the masters have no leader for a while: waited out', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      for (const command of ['list_snapshots', 'export_snapshot'])
        await cluster.arm({
          name: 'fail',
          command,
          times: 3,
          text: 'Timed out (yb/rpc/rpc.cc:211): Could not locate the leader master: GetLeaderMasterRpc passed its deadline',
        });
      const backup = await cluster.backUp(database, { fingerprint: 'full' });
      expect((await cluster.status()).struck.length).toBe(6);
      await expectWhole(cluster, database, backup);
    });
  });

  inFull('7: DDL at every try: SchemaChanging, which says to look for cron jobs', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await cluster.database();
      await cluster.arm({
        name: 'sql',
        command: 'export_snapshot',
        times: 100,
        database: database.slice(5),
        sql: 'ALTER TABLE customers ADD COLUMN IF NOT EXISTS extra int; ALTER TABLE customers DROP COLUMN extra',
      });
      const failure = await failureOf(await cluster.start('backUpDatabase', { database }));
      expect(failure).toMatchObject({ type: 'SchemaChanging' });
      expect(failure.message).toMatch(/5 snapshots in a row.*without DDL \(look for cron jobs/);
      expect(await cluster.backupStates(database)).toEqual(['failed']);
    });
  });

  inFull('17: two databases at once: the cluster lock keeps their snapshots apart', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const [one, two] = [await cluster.database('one'), await cluster.database('two')];
      await cluster.arm({ name: 'lose-reply', command: 'create_database_snapshot', times: 2 });
      const [first, second] = await Promise.all([cluster.backUp(one), cluster.backUp(two)]);
      expect(first.snapshotId).not.toBe(second.snapshotId);
      expect([first.warnings, second.warnings]).toEqual([undefined, undefined]);
      expect(await cluster.backupStates(one)).toEqual(['committed']);
      expect(await cluster.backupStates(two)).toEqual(['committed']);
    });
  });

  inFull(
    '24: its directory is gone on one replica, half filled by a bootstrap on another: the third is copied',
    async () => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await cluster.database();
        await cluster.arm({ name: 'snapshot-directory-gone', tserver: 0 });
        await cluster.arm({ name: 'snapshot-directory-half', tserver: 1 });
        const backup = await cluster.backUp(database, { fingerprint: 'full' });
        await expectWhole(cluster, database, backup);
      });
    },
  );

  it.concurrent(
    '24: its directories are gone on every replica, each time: SnapshotFilesMissing names the tablet',
    async () => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await cluster.database();
        await cluster.arm({ name: 'snapshot-directory-gone', times: 100 });
        const failure = await failureOf(await cluster.start('backUpDatabase', { database }));
        expect(failure).toMatchObject({ type: 'SnapshotFilesMissing' });
        expect(failure.message).toMatch(/taken 3 times; nothing was committed/);
        expect(failure.details).toEqual([{ tablet: expect.stringMatching(/^[0-9a-f]{32}$/) as string }]);
        expect(await cluster.backupStates(database)).toEqual(['failed']);
      });
    },
  );

  it.concurrent('8: it expires while it is copied: taken again', async () => {
    await onCluster({ dialect: '2025.1' }, async (cluster) => {
      const database = await cluster.database();
      await cluster.act('ballast', { database: database.slice(5), bytes: 500_000, files: 20 });
      const handle = await cluster.start('backUpDatabase', { database, bytesPerSecond: 500_000 });
      await untilCopying(handle);
      await cluster.act('expire', {});
      await hurry(handle);
      const backup = (await handle.result()) as { warnings?: string[] };
      expect(backup.warnings?.join('\n')).toMatch(/was taken again/);
      expect(await cluster.backupStates(database)).toEqual(['committed']);
    });
  });
});
