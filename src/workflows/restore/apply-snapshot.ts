import { notedStep } from '../run/noted-step';
import { shortStep, wait } from '../run/policies';
import type { Imported } from './import-backup';
import type { Restore } from './open-restore';
import { undoOfRestore } from './undo-of-restore';
import { given } from '../../objects/given';

/**
 * Runs `restore_snapshot` once. From the moment that it may have been sent, neither the snapshot nor the scratch
 * database is deleted before a restoration of it is listed RESTORED or FAILED: deleting under a restore crash-loops
 * tservers.
 */
export async function applySnapshot(restore: Restore, { snapshotId, namespaceId }: Imported): Promise<void> {
  const { guardian, guardians, settings, progress, scratchName, keyspace, backup } = restore;
  progress.enter('restore');
  const ready = await shortStep(settings, 'nodes of the replicas ALIVE, restorations before').lookBeforeRestore({
    snapshotId,
    name: scratchName,
    ...(keyspace ? { api: 'ycql' as const } : {}),
  });
  const begun = {
    importedSnapshotId: snapshotId,
    listedBefore: [],
    ...given({ namespaceId }),
  };
  const noted = {
    key: 'scratch',
    undo: undoOfRestore(restore, { ...begun, restoration: { listedBefore: ready.restorationIds } }),
    otherwise: undoOfRestore(restore, begun),
  };
  const { restorationId } = await notedStep(restore, noted, () =>
    shortStep(settings, `restore the files into ${scratchName}`).restoreSnapshot({
      guarded: guardians.guarded(),
      snapshotId,
      listedBefore: ready.restorationIds,
      ...given({ atMicros: backup.atMicros }),
    }),
  );
  await guardian.note(
    'scratch',
    undoOfRestore(restore, {
      ...begun,
      restoration: { id: restorationId, listedBefore: ready.restorationIds },
    }),
  );
  await wait(settings, `until ${scratchName} is RESTORED`, 'restoreDeadline').waitForRestoration({
    restorationId,
    snapshotId,
  });
}
