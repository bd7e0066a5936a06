import {
  REHEARSAL_PHASES,
  rehearseRestoreInput,
  type RehearseRestoreInput,
  type RehearseRestoreResult,
} from '../contract';
import { countText } from '../objects/texts';
import { openRehearsal } from './rehearsal/open-rehearsal';
import { recordProof, recordIfBad } from './rehearsal/record-proof';
import { keepRestored, restoreAndProve, sameNamespace, verifyLevel } from './restore/restore-and-prove';
import { finishRun } from './run/finish-run';
import { shortStep } from './run/policies';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';

/**
 * Proves a backup in the only way there is: restores it, compares the result, measures how long it took, records the
 * proof in the bucket, and drops the database again.
 */
export async function rehearseRestore(input: RehearseRestoreInput): Promise<RehearseRestoreResult> {
  return await runOperation(
    {
      name: 'rehearseRestore',
      input: rehearseRestoreInput,
      phases: REHEARSAL_PHASES,
      subject: ({ database, backup }) =>
        `Rehearsal of ${backup ?? `a backup of ${database}, chosen at random,`} on ${ownCluster()}`,
      complete: completeText,
    },
    input,
    rehearse,
  );
}

async function rehearse(begun: StartedRun<RehearseRestoreInput>): Promise<RehearseRestoreResult> {
  const { request, settings, progress } = begun;
  const restore = await openRehearsal(begun);
  const { backup, name, scratchName, guardians } = restore;
  const dropped = request.keep !== true;
  return await finishRun({ ...restore, request, database: request.database }, async () => {
    const { imported, verified } = await recordIfBad(begun, backup, () =>
      restoreAndProve(restore, verifyLevel(restore), { dropped }),
    );
    progress.enter('record');
    const proof = await recordProof(begun, backup, verified);
    if (!dropped) {
      const named = { guarded: guardians.guarded(), scratchName, ...sameNamespace(imported), name };
      await shortStep(settings, `name it ${name}`).nameDatabase(named);
      await keepRestored(restore, imported);
    }
    return {
      backupId: backup.backupId,
      database: request.database,
      recoveryPoint: backup.recoveryPoint,
      ...proof,
      ...verified,
      ...(dropped ? {} : { keptAs: restore.database }),
    };
  });
}

function completeText({ backupId, level, tablesChecked, rowsChecked, ...proof }: RehearseRestoreResult): string {
  const compared =
    level === 'objects'
      ? 'every object was there; rows were not compared'
      : `${level === 'full' ? 'content' : 'row counts'} of ${tablesChecked} tables, ${countText(rowsChecked)} rows`;
  const became = proof.keptAs === undefined ? 'It was dropped again' : `It is kept as ${proof.keptAs}`;
  return `${backupId} restores, as of ${proof.recoveryPoint}, in ${proof.recoveryTimeSeconds} s. Verified: ${compared}. ${became}.`;
}
