import { workflowInfo } from '@temporalio/workflow';
import type { BackupIdentity } from '../../activities/internal-types';
import { backupId, type BackUpDatabaseInput } from '../../contract';
import { LiveLimits } from '../copy/live-limits';
import { holdDatabase, type HeldDatabase } from '../lock/hold-database';
import { notedStep } from '../run/noted-step';
import { shortStep } from '../run/policies';
import { ownChain } from '../run/run-context';
import type { StartedRun } from '../run/run-operation';
import { NodeAnswers } from '../run/node-answers';
import { surveyForPreflight } from '../run/survey-nodes';
import { given } from '../../objects/given';

/** Everything that the steps of one backup share. */
export interface Backup extends HeldDatabase<BackUpDatabaseInput> {
  backupId: string;
  identity: BackupIdentity;
  limits: LiveLimits;
  nodes: NodeAnswers;
}

/**
 * Takes the guardian, refuses early with everything that is wrong, and writes the protection record before any data.
 */
export async function openBackup({ request, settings, progress }: StartedRun<BackUpDatabaseInput>): Promise<Backup> {
  const { startTime, firstExecutionRunId } = workflowInfo();
  const { database, tables } = request;
  const id = backupId(database, startTime, firstExecutionRunId);
  const identity: BackupIdentity = { backupId: id, database, chain: ownChain(), startedAt: startTime.toISOString() };
  const limits = new LiveLimits(request);
  const known = { KalpaBackup: id };
  const held = await holdDatabase(
    { operation: 'backUpDatabase', request, database, known, settings, progress },
    async (questions, opening) => {
      const survey = await surveyForPreflight(settings, questions);
      const { warnings } = await questions.ask(
        `may ${database} be backed up?`,
        async (summary, patience) =>
          await shortStep(settings, summary).preflightBackup({
            database,
            ...given({ tables }),
            ...survey,
            ...patience,
          }),
      );
      warnings.forEach(opening.warn);
      await notedStep(opening, { key: 'intent', undo: { kind: 'intent', backupId: id } }, () =>
        shortStep(settings, `protection record of ${id}`).openBackup({
          guarded: opening.guardians.guarded(),
          backup: identity,
          request,
        }),
      );
    },
  );
  return { ...held, backupId: id, identity, limits, nodes: new NodeAnswers(settings) };
}
