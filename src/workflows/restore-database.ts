import {
  RESTORE_PHASES,
  restoreDatabaseInput,
  type RestoreDatabaseInput,
  type RestoreDatabaseResult,
} from '../contract';
import { failureType } from './run/failure';
import { finishRun } from './run/finish-run';
import { longStep, shortStep } from './run/policies';
import { applySnapshot } from './restore/apply-snapshot';
import { importBackup } from './restore/import-backup';
import { headlineOf, openRestore, type Restore } from './restore/open-restore';
import { placeFiles } from './restore/place-files';
import { runOperation, type Begun } from './run/run-operation';
import { given } from '../objects/given';
import { countText } from '../objects/texts';

/**
 * Restores a backup under a name that does not exist yet: schema and import into a scratch database, files onto every
 * replica, restoration, proof, and only then the name that was asked for. A keyspace can't be renamed: it is made under
 * its name, and only where nothing of it is there.
 */
export async function restoreDatabase(input: RestoreDatabaseInput): Promise<RestoreDatabaseResult> {
  return await runOperation(
    {
      name: 'restoreDatabase',
      input: restoreDatabaseInput,
      phases: RESTORE_PHASES,
      subject: (request) => headlineOf(request),
      complete: ({ database, backupId, recoveryPoint, verified }) =>
        `${database} holds ${backupId} as of ${recoveryPoint}. Verified: ${verifiedText(verified)}.`,
    },
    input,
    restoreIt,
  );
}

async function restoreIt(begun: Begun<RestoreDatabaseInput>): Promise<RestoreDatabaseResult> {
  const { request, settings, seconds } = begun;
  const restore = await openRestore(begun);
  return await finishRun(restore, async () => {
    const { backup, database, name, progress, guardian, guardians } = restore;
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
    const level = verifyLevel(restore);
    const sameAs = imported.namespaceId === undefined ? {} : { namespaceId: imported.namespaceId };
    const verified = await longStep(settings, `compare ${level} with the backup`)
      .verifyRestored({
        backup,
        scratchName: restore.scratchName,
        ...sameAs,
        level,
        ...given({ tables: request.tables, renameTables: request.renameTables }),
      })
      .catch(async (error: unknown) => {
        // What failed verification is kept under its scratch name (a keyspace: under its own) for a look; everything
        // else is removed.
        if (failureType(error) === 'VerificationFailed')
          await guardian.note('scratch', { kind: 'importedSnapshot', snapshotId: imported.snapshotId });
        throw error;
      });
    verified.warnings.forEach(restore.warn);
    if (!restore.keyspace)
      await shortStep(settings, `name it ${name}`).nameDatabase({
        guarded,
        scratchName: restore.scratchName,
        ...sameAs,
        name,
      });
    await guardian.note('scratch', { kind: 'importedSnapshot', snapshotId: imported.snapshotId });
    return {
      database,
      backupId: backup.backupId,
      recoveryPoint: backup.recoveryPoint,
      ...(imported.chosen ?? {
        tables: backup.tables,
        tablets: backup.tablets,
        files: backup.files,
        bytes: backup.bytes,
      }),
      verified: { level, tablesChecked: verified.tablesChecked, rowsChecked: verified.rowsChecked },
      durationSeconds: seconds(),
    };
  });
}

function verifiedText({ level, tablesChecked, rowsChecked }: RestoreDatabaseResult['verified']): string {
  if (level === 'objects') return 'every object is there; rows were not compared';
  const how = level === 'full' ? 'content' : 'row counts';
  return `${how} of ${tablesChecked} tables, ${countText(rowsChecked)} rows`;
}

/** What the backup recorded of the rows holds at its recovery point only. */
function verifyLevel({ request, backup, warn }: Restore): NonNullable<RestoreDatabaseInput['verify']> {
  if (backup.atMicros === undefined) return request.verify ?? 'counts';
  warn(
    `Row counts could not be compared: ${backup.backupId} recorded those of its recovery point, not of ${backup.recoveryPoint}.`,
  );
  return 'objects';
}
