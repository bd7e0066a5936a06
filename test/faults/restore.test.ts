import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RestoreDatabaseResult } from '../../src/contract';
import { hurry, SLOW } from '../support/cluster/copying';
import { onCluster, sharedBackup, type FaultCluster, type SharedBackup } from '../support/cluster/fault-cluster';
import { dialects, inFull } from '../support/matrix';
import { removeForgotten } from '../support/cluster/forgotten-restoration';
import { loseARow, loseConnectionsWhile, refuseIndexes } from '../support/cluster/spoiled-template';
import { databaseNames } from '../support/cluster/sql';
import { failureOf } from '../support/stack';
import {
  guardianEnd,
  untilCopying,
  untilDeadReplicaNoticed,
  untilPending,
  untilTriedAgain,
} from '../support/cluster/watch-run';

/** Deletes every snapshot directory of a tserver, as someone might by hand. */
async function loseSnapshots(dataDir: string): Promise<void> {
  const found = await readdir(dataDir, { recursive: true, withFileTypes: true });
  for (const entry of found) {
    if (entry.isDirectory() && entry.parentPath.endsWith('.snapshots'))
      await rm(join(entry.parentPath, entry.name), { recursive: true });
  }
}

describe.each(dialects())('a restore, dialect %s', (dialect) => {
  const source = sharedBackup({ dialect }, 10_000_000);
  afterAll(async () => {
    await source.stop();
  });

  const same = async (cluster: FaultCluster, { content }: SharedBackup): Promise<void> => {
    expect(await cluster.content('copy')).toEqual(content);
  };

  it.concurrent(
    '43, 62: terminated half-way and started again: the half-made is gone, the second one is whole',
    async () => {
      const backup = await source.get();
      await onCluster({ dialect }, async (cluster) => {
        const first = await cluster.startRestore(backup, 'copy', { bytesPerSecond: 500_000 });
        await untilCopying(first);
        await first.terminate('by a person');
        const second = await cluster.startRestore(backup, 'copy', { whenBusy: 'wait' });
        expect((await second.result()) as RestoreDatabaseResult).toMatchObject({ database: 'ysql.copy' });
        await same(cluster, backup);
      });
    },
  );

  inFull('46: a statement of the schema fails: the statement is shown, nothing is left', async () => {
    const backup = await source.get();
    await onCluster({ dialect }, async (cluster) => {
      await refuseIndexes(cluster.json.ysql);
      const before = await databaseNames(cluster.json.ysql);
      const failure = await failureOf(await cluster.startRestore(backup, 'copy'));
      expect(failure).toMatchObject({ type: 'RestoreFailed' });
      expect(failure.message).toMatch(/no index today.*\(CREATE INDEX .*orders_by_customer/);
      expect(await databaseNames(cluster.json.ysql)).toEqual(before);
    });
  });

  inFull('49, 61: what was restored is not what was recorded: kept under its scratch name for inspection', async () => {
    const backup = await source.get();
    await onCluster({ dialect }, async (cluster) => {
      await loseARow(cluster.json.ysql);
      const failure = await failureOf(await cluster.startRestore(backup, 'copy', { verify: 'counts' }));
      expect(failure).toMatchObject({ type: 'VerificationFailed' });
      expect(failure.message).toMatch(
        /customers has 499 rows, and the backup recorded 500.*kept as kalpa_[0-9a-f]{12}/,
      );
      const kept = (await databaseNames(cluster.json.ysql)).filter((name) => name.startsWith('kalpa_'));
      expect(kept).toHaveLength(1);
      expect(await databaseNames(cluster.json.ysql)).not.toContain('copy');
      for (const name of kept) await cluster.sql('yugabyte', `DROP DATABASE ${name}`);
    });
  });

  inFull('47: the connection is lost in the middle of the schema: begun afresh', async () => {
    const backup = await source.get();
    await onCluster({ dialect }, async (cluster) => {
      await loseConnectionsWhile(cluster.json.ysql, 'at_index');
      const handle = await cluster.startRestore(backup, 'copy');
      await untilTriedAgain(handle, 'loadSchema');
      await cluster.sql('yugabyte', 'DROP ROLE at_index');
      await handle.result();
      await same(cluster, backup);
    });
  });

  inFull('50: a table is missing on import: RestoreFailed with the table, nothing left', async () => {
    const backup = await source.get();
    await onCluster({ dialect }, async (cluster) => {
      const before = await databaseNames(cluster.json.ysql);
      await cluster.arm({
        name: 'fail',
        command: 'import_snapshot',
        text: 'Invalid argument (yb/tools/yb-admin_client_ent.cc:719): Unable to import snapshot meta file x: YSQL table not found: orders: OBJECT_NOT_FOUND (master error 3)',
      });
      const failure = await failureOf(await cluster.startRestore(backup, 'copy'));
      expect(failure).toMatchObject({ type: 'RestoreFailed' });
      expect(failure.message).toMatch(/YSQL table not found: orders/);
      expect(await databaseNames(cluster.json.ysql)).toEqual(before);
    });
  });

  inFull('51: the new tablets take a while to start: nothing is restored before every replica runs', async () => {
    const backup = await source.get();
    await onCluster({ dialect }, async (cluster) => {
      await cluster.arm({ name: 'tablets-start-late', ms: 10_000 });
      const handle = await cluster.startRestore(backup, 'copy');
      await untilPending(handle, 'verifyPlaced');
      expect((await cluster.status()).restorations).toEqual([]);
      await handle.result();
      await same(cluster, backup); // the stand-in fails a restoration whose tablets do not run
    });
  });

  inFull('52: the replicas move while files land: listed again, files put where they are now', async () => {
    const backup = await source.get();
    await onCluster({ dialect }, async (cluster) => {
      const handle = await cluster.startRestore(backup, 'copy', SLOW);
      await untilCopying(handle);
      await cluster.act('replica', { tserver: 2 });
      await cluster.act('leader', {});
      await hurry(handle);
      await handle.result();
      await same(cluster, backup);
    });
  });

  inFull(
    '53: a peer lost its files when the restoration begins: RestoreFailed, looked after until it has ended',
    async () => {
      const backup = await source.get();
      await onCluster({ dialect, timing: { restoreDeadline: '3s' } }, async (cluster) => {
        await cluster.arm({ name: 'slow', command: 'restore_snapshot', ms: 1_500 });
        const handle = await cluster.startRestore(backup, 'copy');
        await untilPending(handle, 'restoreSnapshot');
        await loseSnapshots(cluster.json.tservers[1]?.dataDir ?? '');
        const guardian = cluster.client.workflow.getHandle(`busy/${cluster.name}/ysql.copy`);
        await untilPending(guardian, 'undo');
        expect((await cluster.leftovers()).join()).toMatch(/database kalpa_/); // its tserver died: nothing may be deleted
        await cluster.arm({ name: 'restoration-fails' });
        await cluster.act('tserver', { tserver: 1, alive: true });
        const failure = await failureOf(handle);
        expect(failure).toMatchObject({ type: 'RestoreFailed' });
        const [{ id } = { id: '' }] = (await cluster.status()).restorations;
        expect(failure.details).toEqual([expect.objectContaining({ restorationId: id })]);
        expect(await guardianEnd(cluster.client, 'ysql.copy', cluster.name)).toBe('COMPLETED');
        expect(await databaseNames(cluster.json.ysql)).not.toContain('copy');
      });
    },
  );

  inFull('53: a tserver is dead before restore_snapshot: it is waited for, nothing is sent meanwhile', async () => {
    const backup = await source.get();
    await onCluster({ dialect }, async (cluster) => {
      await cluster.arm({ name: 'slow', command: 'list_snapshot_restorations', ms: 300, times: 100 });
      const handle = await cluster.startRestore(backup, 'copy', SLOW);
      await untilCopying(handle);
      await cluster.act('tserver', { tserver: 1, alive: false });
      await hurry(handle);
      await untilDeadReplicaNoticed(handle);
      expect((await cluster.status()).restorations).toEqual([]);
      await cluster.act('tserver', { tserver: 1, alive: true });
      await handle.result();
      await same(cluster, backup);
    });
  });

  inFull('54: the reply of restore_snapshot is lost: one restoration, and it is waited for', async () => {
    const backup = await source.get();
    await onCluster({ dialect }, async (cluster) => {
      await cluster.arm({ name: 'lose-reply', command: 'restore_snapshot' });
      await cluster.restore(backup, 'copy');
      await same(cluster, backup);
      expect((await cluster.status()).restorations).toHaveLength(1);
    });
  });

  inFull('55: the restoration ends FAILED: RestoreFailed, nothing left', async () => {
    const backup = await source.get();
    await onCluster({ dialect }, async (cluster) => {
      await cluster.arm({ name: 'restoration-fails' });
      const failure = await failureOf(await cluster.startRestore(backup, 'copy'));
      expect(failure).toMatchObject({ type: 'RestoreFailed' });
      expect(failure.message).toMatch(/FAILED.*start the restore again/);
      expect(await cluster.leftovers()).toEqual([]);
      expect(await databaseNames(cluster.json.ysql)).not.toContain('copy');
    });
  });

  inFull('55: the restoration hangs: given up at its deadline, looked after until it has ended', async () => {
    const backup = await source.get();
    await onCluster({ dialect, timing: { restoreDeadline: '2s' } }, async (cluster) => {
      await cluster.arm({ name: 'restoration-hangs' });
      const handle = await cluster.startRestore(backup, 'copy');
      await untilPending(cluster.client.workflow.getHandle(`busy/${cluster.name}/ysql.copy`), 'undo');
      expect((await cluster.leftovers()).join('\n')).toMatch(/snapshot .*\n?.*database kalpa_/s); // under a restore nothing is deleted
      await cluster.disarm();
      expect(await failureOf(handle)).toMatchObject({ type: 'RestoreFailed' });
      expect(await guardianEnd(cluster.client, 'ysql.copy', cluster.name)).toBe('COMPLETED');
      expect(await cluster.leftovers()).toEqual([]);
    });
  });

  inFull(
    '56: a new leader of the masters has forgotten the restoration: its outcome is unknown, reported by id',
    async () => {
      const backup = await source.get();
      await onCluster({ dialect, timing: { leftoverDeadline: '1s' } }, async (cluster) => {
        await cluster.arm({ name: 'restoration-forgotten' });
        const failure = await failureOf(await cluster.startRestore(backup, 'copy'));
        expect(failure).toMatchObject({ type: 'RestoreFailed' });
        const [{ restorationId } = {}] = failure.details;
        expect(failure.message).toContain(`Restoration ${String(restorationId)} `);
        expect(failure.message).toMatch(/its outcome is unknown/);
        await removeForgotten(cluster);
      });
    },
  );
});
