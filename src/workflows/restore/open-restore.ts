import type { RestorableBackup } from '../../activities/control/lookup/find-backup';
import {
  apiOf,
  bareName,
  checkedDurationMs,
  type Chain,
  type RestoreDatabaseInput,
  type Settings,
} from '../../contract';
import { isCancellation } from '@temporalio/workflow';
import { PreflightQuestions } from '../run/ask-preflight';
import { asRunFailure } from '../run/failure';
import { gaveUp } from '../run/finish-run';
import { Guardians, type HeldGuardian } from '../lock/guarded';
import { LiveLimits } from '../copy/live-limits';
import { control, patient } from '../run/policies';
import { upsertKnown, type RunProgress } from '../run/progress';
import { ownChain, ownCluster } from '../run/run-context';
import { surveyForPreflight } from '../run/survey-nodes';

/** Everything that the steps of one restore share. */
export interface Restore {
  request: RestoreDatabaseInput;
  settings: Settings;
  backup: RestorableBackup;
  target: { database: string; name: string };
  /** Name that the restored database has until it is proved; of a keyspace, which can't be renamed, its own. */
  scratchName: string;
  /** Roles of the backup that the cluster lacked at the beginning. */
  missingRoles: string[];
  /** What is refused of the schema and the caller has accepted, by digest. */
  accepted: string[];
  /** Of a restore into a keyspace: whether it was there, what the restore makes, and whether that is only a part of the backup. */
  keyspace?: { database: string; existed: boolean; tables: string[]; chosen: boolean };
  guardians: Guardians;
  guardian: HeldGuardian;
  progress: RunProgress;
  limits: LiveLimits;
  warnings: string[];
  warn: (text: string) => void;
}

/** Finds the backup, takes the guardian of the target name and refuses early with everything that is wrong. */
export async function openRestore(
  request: RestoreDatabaseInput,
  settings: Settings,
  progress: RunProgress,
): Promise<Restore> {
  const limits = new LiveLimits(request);
  const subject = subjectOf(request);
  progress.use(settings);
  upsertKnown(settings, { KalpaCluster: settings.cluster, KalpaOperation: 'restoreDatabase' });
  progress.enter('preflight');
  const chain = ownChain();
  const backup = await findBackup(request, settings, progress, { chain, subject }).catch((error: unknown) => {
    throw asRunFailure(error, 'The store');
  });
  const name = request.as ?? bareName(backup.database);
  const target = { database: `${apiOf(backup.database)}.${name}`, name };
  upsertKnown(settings, {
    KalpaDatabase: target.database,
    KalpaBackup: backup.backupId,
    KalpaRecoveryPoint: new Date(backup.recoveryPoint),
  });
  progress.about(headlineOf(request, { backupId: backup.backupId, database: target.database }));
  const guardians = new Guardians('restoreDatabase', chain, settings, progress);
  const guardian = await guardians.takeDatabase(target.database, {
    whenBusy: request.whenBusy ?? 'fail',
    ...(request.waitAtMost === undefined ? {} : { waitAtMostMs: checkedDurationMs(request.waitAtMost) }),
  });
  const warnings: string[] = [...(backup.warnings ?? [])];
  const warn = (text: string): void => {
    warnings.push(text);
  };
  try {
    const questions = new PreflightQuestions(settings, progress);
    const survey = await surveyForPreflight(settings, questions);
    const checked = await questions.ask(
      `may ${backup.backupId} be restored as ${name}?`,
      async (summary, patience) =>
        await patient(settings, summary).preflightRestore({
          backup,
          target,
          ...(request.tables ? { tables: request.tables } : {}),
          ...(request.renameTables ? { renameTables: request.renameTables } : {}),
          ...survey,
          roles: request.roles ?? 'require',
          tablespaces: request.tablespaces ?? 'require',
          ...(request.accept ? { accept: request.accept } : {}),
          ...patience,
        }),
    );
    checked.warnings.forEach(warn);
    return {
      request,
      settings,
      backup,
      target,
      scratchName: checked.scratchName,
      missingRoles: checked.missingRoles ?? [],
      accepted: checked.accepted ?? [],
      ...(checked.keyspace
        ? { keyspace: { ...checked.keyspace, database: target.database, chosen: request.tables !== undefined } }
        : {}),
      guardians,
      guardian,
      progress,
      limits,
      warnings,
      warn,
    };
  } catch (error) {
    throw await gaveUp({ guardian, progress }, error, 'The cluster');
  }
}

/** The page's headline: what is restored, as which database, and where. */
export function headlineOf(request: RestoreDatabaseInput, found?: { backupId: string; database: string }): string {
  const as = found?.database ?? request.as;
  return `Restore of ${found?.backupId ?? subjectOf(request)}${as === undefined ? '' : ` as ${as}`} on ${ownCluster()}`;
}

/** What is restored, in words. */
function subjectOf({ backup }: RestoreDatabaseInput): string {
  return typeof backup === 'string' ? backup : `the newest backup of ${backup.database}`;
}

/** A backup that can't be found is one finding among others. */
async function findBackup(
  request: RestoreDatabaseInput,
  settings: Settings,
  progress: RunProgress,
  { chain, subject }: { chain: Chain; subject: string },
): Promise<RestorableBackup> {
  const find = {
    chain,
    backup: request.backup,
    ...(request.fromCluster === undefined ? {} : { fromCluster: request.fromCluster }),
    ...(request.manifestSha256 === undefined ? {} : { manifestSha256: request.manifestSha256 }),
    ...(request.to === undefined ? {} : { to: request.to }),
  };
  const questions = new PreflightQuestions(settings, progress);
  try {
    return await questions.ask(
      `find ${subject}`,
      async (summary, patience) => await control(settings, summary).findBackup({ ...find, ...patience }),
      { survey: true },
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    const survey = await surveyForPreflight(settings, questions);
    return await questions.ask(
      `what else is wrong beside ${subject}?`,
      async (summary, patience) => await control(settings, summary).preflightUnfound({ find, ...survey, ...patience }),
    );
  }
}
