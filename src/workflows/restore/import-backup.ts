import type { ListRef } from '../../activities/internal-types';
import { notedStep } from '../run/noted-step';
import { longStep, shortStep } from '../run/policies';
import type { Restore } from './open-restore';
import { undoOfRestore } from './undo-of-restore';
import { given } from '../../objects/given';

/** The result of the import. */
export interface Imported {
  /** The imported snapshot's new id: files are placed under it, and it is restored. */
  snapshotId: string;
  /** Old tablet ids → new tablet and table ids. */
  tabletMap: ListRef;
  /** Of what was imported into: under another id the same name is another database. */
  namespaceId?: string;
  /** Size of what was chosen, if it is not the whole backup. */
  chosen?: { tables: number; tablets: number; files: number; bytes: number };
}

/**
 * Loads the schema and imports the snapshot into the scratch database, under the cluster lock. Each attempt begins both
 * afresh: a half-loaded scratch database is dropped, and the snapshot of an import whose reply was lost is deleted. A
 * keyspace is created by the import alone.
 */
export async function importBackup(restore: Restore): Promise<Imported> {
  const { guardian, guardians, settings, progress, scratchName, keyspace, backup, request } = restore;
  return await guardians.withCluster(async () => {
    progress.enter('schema');
    const { snapshotIds: listedBefore } = await shortStep(settings, 'snapshots before the import').listSnapshotIds();
    const undo = undoOfRestore(restore, { listedBefore });
    const noted = { key: 'scratch', undo, within: 'phaseDeadline' } as const;
    if (!keyspace) {
      const loaded = await notedStep(restore, noted, () =>
        longStep(settings, `schema into ${scratchName}`).loadSchema({
          guarded: guardians.guarded(),
          backup,
          scratchName,
          name: restore.name,
          roles: request.roles ?? 'require',
          tablespaces: request.tablespaces ?? 'require',
          missingRoles: restore.missingRoles,
          ...(restore.accepted.length > 0 ? { accepted: restore.accepted } : {}),
        }),
      );
      loaded.warnings.forEach(restore.warn);
    }

    progress.enter('import');
    // For a keyspace this is the first step: tables that someone else made in the meantime are not ours to drop.
    const otherwise = keyspace ? {} : { otherwise: undo };
    const imported = await notedStep(restore, { ...noted, ...otherwise }, () =>
      longStep(settings, `import the snapshot into ${scratchName}`).importSnapshot({
        guarded: guardians.guarded(),
        backup,
        scratchName,
        ...given({ keyspace, renameTables: request.renameTables }),
        listedBefore,
      }),
    );
    const { snapshotId, namespaceId } = imported;
    await guardian.note(
      'scratch',
      undoOfRestore(restore, {
        importedSnapshotId: snapshotId,
        listedBefore,
        ...given({ namespaceId }),
      }),
    );
    return imported;
  });
}
