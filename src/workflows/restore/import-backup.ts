import type { ListRef } from '../../activities/shapes';
import { control, patient } from '../policies';
import type { Restore } from './open-restore';

/** What the import made of the backup in this cluster. */
export interface Imported {
  /** The imported snapshot's new id: files are placed under it, and it is restored. */
  snapshotId: string;
  /** Old tablet ids → new tablet and table ids. */
  tabletMap: ListRef;
}

/**
 * Schema and import into the scratch database, under the cluster lock. Both are begun afresh by each attempt: a
 * half-loaded scratch database is dropped, a snapshot of an import whose reply was lost is deleted.
 */
export async function importBackup(restore: Restore): Promise<Imported> {
  const { guardian, guardians, settings, progress, scratchName, backup, request } = restore;
  return await guardians.withCluster(async () => {
    progress.enter('schema');
    const { snapshotIds: listedBefore } = await control(settings, 'snapshots before the import').listSnapshotIds();
    await guardian.note('scratch', { kind: 'scratch', scratchName, listedBefore });
    const loaded = await patient(settings, `schema into ${scratchName}`).loadSchema({
      guarded: guardians.guarded(),
      backup,
      scratchName,
      roles: request.roles ?? 'require',
      tablespaces: request.tablespaces ?? 'require',
    });
    loaded.warnings.forEach(restore.warn);

    progress.enter('import');
    const imported = await patient(settings, `import the snapshot into ${scratchName}`).importSnapshot({
      guarded: guardians.guarded(),
      backup,
      scratchName,
      listedBefore,
    });
    await guardian.note('scratch', {
      kind: 'scratch',
      scratchName,
      importedSnapshotId: imported.snapshotId,
      listedBefore,
    });
    return imported;
  });
}
