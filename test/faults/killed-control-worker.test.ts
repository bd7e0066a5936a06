import type { BackUpDatabaseResult, RestoreDatabaseResult } from '../../src/contract';
import { onCluster, sharedBackup } from '../support/cluster/fault-cluster';
import { dialects, FULL } from '../support/matrix';
import { guardianEnd, untilPending } from '../support/cluster/watch-run';

/** The step that each phase is killed in. */
const BACKUP_STEPS = {
  preflight: 'preflightBackup',
  snapshot: 'createSnapshot',
  schema: 'dumpSchema',
  'schema, at the export': 'exportSnapshot',
  files: 'copyFromNode',
  manifest: 'commitManifest',
} as const;
const RESTORE_STEPS = {
  preflight: 'preflightRestore',
  schema: 'loadSchema',
  import: 'importSnapshot',
  files: 'placeOnNode',
  restore: 'restoreSnapshot',
  verify: 'verifyRestored',
  'verify, at the rename': 'nameDatabase',
} as const;

/** `npm run test:full` kills in every phase, `npm test` in these. */
function phases<T extends Record<string, string>>(steps: T, few: (keyof T)[]): [string, string][] {
  return Object.entries(steps).filter(([phase]) => FULL || few.includes(phase));
}

const source = sharedBackup();
afterAll(async () => {
  await source.stop();
});

describe.each(dialects())('the control worker is killed with SIGKILL, dialect %s', (dialect) => {
  const apart = ['control-worker'];

  it.concurrent.each(phases(BACKUP_STEPS, ['snapshot']))(
    '4, 36: in the phase %s of a backup: it continues with another worker',
    async (_phase, step) => {
      await onCluster({ dialect, apart }, async (cluster) => {
        const database = await cluster.database();
        const handle = await cluster.start('backUpDatabase', { database });
        await untilPending(handle, step);
        await cluster.kill('control-worker');
        expect((await handle.result()) as BackUpDatabaseResult).toMatchObject({ database, tables: 2 });
        expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
        expect(await cluster.leftovers()).toEqual([]);
        expect(await cluster.backupStates(database)).toEqual(['committed']);
      });
    },
  );

  it.concurrent('37: while the guardian undoes after a cancelled backup: it continues to undo', async () => {
    await onCluster({ dialect, apart }, async (cluster) => {
      const database = await cluster.database();
      const handle = await cluster.start('backUpDatabase', { database });
      await untilPending(handle, 'dumpSchema');
      await handle.cancel();
      await untilPending(cluster.client.workflow.getHandle(`busy/${cluster.name}/${database}`), 'undo');
      await cluster.kill('control-worker');
      expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect(await cluster.leftovers()).toEqual([]);
      expect(await cluster.backupStates(database)).toEqual(['cancelled']);
    });
  });

  it.concurrent.each(phases(RESTORE_STEPS, ['restore']))(
    '36, 43: in the phase %s of a restore: it continues with another worker',
    async (_phase, step) => {
      const backup = await source.get();
      await onCluster({ dialect: '2025.1', apart }, async (cluster) => {
        const handle = await cluster.startRestore(backup, 'copy');
        await untilPending(handle, step);
        await cluster.kill('control-worker');
        expect((await handle.result()) as RestoreDatabaseResult).toMatchObject({ database: 'ysql.copy' });
        expect(await cluster.content('copy')).toEqual(backup.content);
        expect(await guardianEnd(cluster.client, 'ysql.copy', cluster.name)).toBe('COMPLETED');
        expect(await cluster.leftovers()).toEqual([]);
      });
    },
  );
});
