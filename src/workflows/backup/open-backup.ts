import { workflowInfo } from '@temporalio/workflow';
import type { BackupIdentity } from '../../activities/shapes';
import { backupId, checkedDurationMs, type BackUpDatabaseInput, type Settings } from '../../contract';
import { gaveUp } from '../run/finish-run';
import { PreflightQuestions } from '../run/ask-preflight';
import { Guardians, type HeldGuardian } from '../lock/guarded';
import { LiveLimits } from '../copy/live-limits';
import { notedStep } from '../run/noted-step';
import { surveyForPreflight } from '../run/survey-nodes';
import { control } from '../run/policies';
import { upsertKnown, type RunProgress } from '../run/progress';
import { ownChain } from '../run/run-context';

/** Everything that the steps of one backup share. */
export interface Backup {
  backupId: string;
  identity: BackupIdentity;
  request: BackUpDatabaseInput;
  settings: Settings;
  guardians: Guardians;
  guardian: HeldGuardian;
  progress: RunProgress;
  limits: LiveLimits;
  warnings: string[];
  warn: (text: string) => void;
}

/** Takes the guardian, refuses early with everything that is wrong, and writes the protection record before any data. */
export async function openBackup(
  request: BackUpDatabaseInput,
  settings: Settings,
  progress: RunProgress,
): Promise<Backup> {
  const { startTime, firstExecutionRunId } = workflowInfo();
  const chain = ownChain();
  const id = backupId(request.database, startTime, firstExecutionRunId);
  progress.use(settings);
  upsertKnown(settings, {
    KalpaCluster: settings.cluster,
    KalpaDatabase: request.database,
    KalpaOperation: 'backUpDatabase',
    KalpaBackup: id,
  });
  const guardians = new Guardians('backUpDatabase', chain, settings, progress);
  const guardian = await guardians.takeDatabase(request.database, {
    whenBusy: request.whenBusy ?? 'fail',
    ...(request.waitAtMost === undefined ? {} : { waitAtMostMs: checkedDurationMs(request.waitAtMost) }),
  });
  const warnings: string[] = [];
  const identity: BackupIdentity = {
    backupId: id,
    database: request.database,
    chain,
    startedAt: startTime.toISOString(),
  };
  const backup: Backup = {
    backupId: id,
    identity,
    request,
    settings,
    guardians,
    guardian,
    progress,
    limits: new LiveLimits(request),
    warnings,
    warn: (text) => {
      warnings.push(text);
    },
  };
  try {
    progress.enter('preflight');
    const questions = new PreflightQuestions(settings, progress);
    const survey = await surveyForPreflight(settings, questions);
    const preflight = await questions.ask(
      `may ${request.database} be backed up?`,
      async (summary, patience) =>
        await control(settings, summary).preflightBackup({
          database: request.database,
          ...(request.tables ? { tables: request.tables } : {}),
          ...survey,
          ...patience,
        }),
    );
    preflight.warnings.forEach(backup.warn);
    await notedStep(backup, { key: 'intent', undo: { kind: 'intent', backupId: id } }, () =>
      control(settings, `protection record of ${id}`).openBackup({
        guarded: guardians.guarded(),
        backup: identity,
        request,
      }),
    );
    return backup;
  } catch (error) {
    throw await gaveUp(backup, error, 'The cluster');
  }
}
