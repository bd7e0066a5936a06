import {
  RESTORE_PHASES,
  restoreDatabaseInput,
  type RestoreDatabaseInput,
  type RestoreDatabaseResult,
} from '../contract';
import { finishRun } from './run/finish-run';
import { shortStep } from './run/policies';
import { headlineOf, openRestore } from './restore/open-restore';
import { keepRestored, restoreAndProve, sameNamespace, verifyLevel } from './restore/restore-and-prove';
import { runOperation, type StartedRun } from './run/run-operation';
import { countText } from '../objects/texts';

/**
 * Restores a backup under a name that does not exist yet: schema and import into a scratch database, files onto every
 * replica, restoration, verification, and only then the requested name. A keyspace can't be renamed: it is created
 * under its final name, and only tables that do not exist are restored.
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

async function restoreIt(begun: StartedRun<RestoreDatabaseInput>): Promise<RestoreDatabaseResult> {
  const { settings, seconds } = begun;
  const restore = await openRestore(begun);
  return await finishRun(restore, async () => {
    const { backup, database, name } = restore;
    const { imported, verified } = await restoreAndProve(restore, verifyLevel(restore));
    if (!restore.keyspace)
      await shortStep(settings, `name it ${name}`).nameDatabase({
        guarded: restore.guardians.guarded(),
        scratchName: restore.scratchName,
        ...sameNamespace(imported),
        name,
      });
    await keepRestored(restore, imported);
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
      verified,
      durationSeconds: seconds(),
    };
  });
}

function verifiedText({ level, tablesChecked, rowsChecked }: RestoreDatabaseResult['verified']): string {
  if (level === 'objects') return 'every object is there; rows were not compared';
  const how = level === 'full' ? 'content' : 'row counts';
  return `${how} of ${tablesChecked} tables, ${countText(rowsChecked)} rows`;
}
