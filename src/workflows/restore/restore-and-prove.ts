import type { RestoreDatabaseInput, RestoreDatabaseResult } from '../../contract';
import { given } from '../../objects/given';
import { failureType } from '../run/failure';
import { longStep } from '../run/policies';
import { applySnapshot } from './apply-snapshot';
import { importBackup, type Imported } from './import-backup';
import type { Restore } from './open-restore';
import { placeFiles } from './place-files';

type Level = NonNullable<RestoreDatabaseInput['verify']>;

/** What was restored, and the result of its verification. */
interface Proved {
  imported: Imported;
  verified: RestoreDatabaseResult['verified'];
}

/**
 * Schema and import into the scratch database, files onto every replica, restoration, sequences, and the comparison
 * with what the backup recorded. The database still has its scratch name, and is dropped when the run ends unless
 * `keepRestored` is called. `dropped`: so is one that failed the comparison.
 */
export async function restoreAndProve(
  restore: Restore,
  level: Level,
  { dropped = false }: { dropped?: boolean } = {},
): Promise<Proved> {
  return await restore.lease.whileReading(async () => await restoreThenProve(restore, level, dropped));
}

async function restoreThenProve(restore: Restore, level: Level, dropped: boolean): Promise<Proved> {
  const { backup, request, settings, progress, guardians } = restore;
  const imported = await importBackup(restore);
  await placeFiles(restore, imported);
  await applySnapshot(restore, imported);

  progress.enter('verify');
  const guarded = guardians.guarded();
  if (!restore.keyspace) {
    const sequences = await longStep(settings, 'sequences continue where they stood').restoreSequences({
      guarded,
      backup,
      scratchName: restore.scratchName,
    });
    sequences.warnings.forEach(restore.warn);
  }
  const verified = await longStep(settings, `compare ${level} with the backup`)
    .verifyRestored({
      backup,
      scratchName: restore.scratchName,
      ...sameNamespace(imported),
      level,
      ...given({ tables: request.tables, renameTables: request.renameTables }),
      ...(dropped ? { dropped } : {}),
    })
    .catch(async (error: unknown) => {
      // A database that fails verification is kept under its scratch name (a keyspace: under its own) for inspection;
      // everything else is removed.
      if (!dropped && failureType(error) === 'VerificationFailed') await keepRestored(restore, imported);
      throw error;
    });
  verified.warnings.forEach(restore.warn);
  const { tablesChecked, rowsChecked } = verified;
  return { imported, verified: { level, tablesChecked, rowsChecked } };
}

/** From here on only the imported snapshot is deleted when the run ends. */
export async function keepRestored({ guardian }: Restore, { snapshotId }: Imported): Promise<void> {
  await guardian.note('scratch', { kind: 'importedSnapshot', snapshotId });
}

/** Under another id the same name is another database. */
export const sameNamespace = ({ namespaceId }: Imported): { namespaceId?: string } => given({ namespaceId });

/** The recorded rows are those of the recovery point only. */
export function verifyLevel({ request, backup, warn }: Restore): Level {
  if (backup.atMicros === undefined) return request.verify ?? 'counts';
  warn(
    `Row counts could not be compared: ${backup.backupId} recorded those of its recovery point, not of ${backup.recoveryPoint}.`,
  );
  return 'objects';
}
