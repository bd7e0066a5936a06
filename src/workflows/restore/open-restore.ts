import { isCancellation } from '@temporalio/workflow';
import type { RestorableBackup } from '../../activities/control/lookup/find-backup';
import {
  apiOf,
  bareName,
  type Chain,
  type OperationName,
  type RestoreDatabaseInput,
  type SearchAttributeName,
} from '../../contract';
import type { Settings } from '../../contract/internal';
import { LiveLimits } from '../copy/live-limits';
import { holdDatabase, type HeldDatabase } from '../lock/hold-database';
import { PreflightQuestions } from '../run/ask-preflight';
import { asRunFailure } from '../run/failure';
import { longStep, shortStep } from '../run/policies';
import { ReadLease } from '../run/read-lease';
import { upsertKnownAttributes, type RunProgress } from '../run/progress';
import { ownChain, ownCluster } from '../run/run-context';
import type { StartedRun } from '../run/run-operation';
import { surveyForPreflight } from '../run/survey-nodes';
import { given } from '../../objects/given';

/** Everything that the steps of one restore share. */
export interface Restore extends HeldDatabase<RestoreDatabaseInput> {
  backup: RestorableBackup;
  /** Bare name of what is restored. */
  name: string;
  /** Name of the restored database until it is verified; for a keyspace, which can't be renamed, its final name. */
  scratchName: string;
  /** Roles of the backup that the cluster lacked at the beginning. */
  missingRoles: string[];
  /** Refused statements of the schema that the caller has accepted, by digest. */
  accepted: string[];
  /**
   * For a restore into a keyspace: whether it existed, the tables that the restore makes, and whether that is only part
   * of the backup.
   */
  keyspace?: { database: string; existed: boolean; tables: string[]; chosen: boolean };
  limits: LiveLimits;
  /** Taken by preflight, on the backup. */
  lease: ReadLease;
}

/** Finds the backup, takes the guardian of the target name and refuses early with everything that is wrong. */
export async function openRestore({ request, settings, progress }: StartedRun<RestoreDatabaseInput>): Promise<Restore> {
  const limits = new LiveLimits(request);
  const subject = subjectOf(request);
  upsertKnownAttributes(settings, { KalpaCluster: settings.cluster, KalpaOperation: 'restoreDatabase' });
  progress.enter('preflight');
  const chain = ownChain();
  const backup = await findBackup(request, settings, progress, { chain, subject }).catch((error: unknown) => {
    throw asRunFailure(error, 'The store');
  });
  const name = request.as ?? bareName(backup.database);
  const database = `${apiOf(backup.database)}.${name}`;
  progress.about(headlineOf(request, { backupId: backup.backupId, database }));
  return await beginRestore({ operation: 'restoreDatabase', request, settings, progress, backup, name, limits });
}

/** A backup that was found, and the purpose of its restore. */
interface ToRestore extends Pick<StartedRun<RestoreDatabaseInput>, 'request' | 'settings' | 'progress'> {
  operation: OperationName;
  backup: RestorableBackup;
  /** Bare name of what is restored. */
  name: string;
  limits: LiveLimits;
  /** Further search attributes of the run. */
  known?: Partial<Record<SearchAttributeName, string>>;
}

/** Takes the guardian of the target name and refuses early with everything that is wrong. */
export async function beginRestore(restoring: ToRestore): Promise<Restore> {
  const { operation, request, settings, progress, backup, name, limits } = restoring;
  const database = `${apiOf(backup.database)}.${name}`;
  const known = {
    KalpaBackup: backup.backupId,
    KalpaRecoveryPoint: new Date(backup.recoveryPoint),
    ...restoring.known,
  };
  const held = await holdDatabase(
    { operation, request, database, known, settings, progress },
    async (questions, { warn }) => {
      backup.warnings?.forEach(warn);
      const survey = await surveyForPreflight(settings, questions);
      const lease = new ReadLease(settings, { kind: 'backup', id: backup.backupId, cluster: backup.cluster });
      const checked = await questions.ask(
        `may ${backup.backupId} be restored as ${name}?`,
        async (summary, patience) =>
          await longStep(settings, summary).preflightRestore({
            backup,
            target: { database, name },
            ...given({ tables: request.tables, renameTables: request.renameTables }),
            ...survey,
            roles: request.roles ?? 'require',
            tablespaces: request.tablespaces ?? 'require',
            ...given({ accept: request.accept }),
            ...patience,
          }),
      );
      checked.warnings.forEach(warn);
      return { ...checked, lease };
    },
  );
  const { scratchName, missingRoles = [], accepted = [], keyspace, lease } = held.checked;
  return {
    ...held,
    ...{ backup, name, scratchName, missingRoles, accepted, limits, lease },
    ...(keyspace ? { keyspace: { ...keyspace, database, chosen: request.tables !== undefined } } : {}),
  };
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
    ...given({ fromCluster: request.fromCluster, manifestSha256: request.manifestSha256, to: request.to }),
  };
  const questions = new PreflightQuestions(settings, progress);
  try {
    return await questions.ask(
      `find ${subject}`,
      async (summary, patience) => await shortStep(settings, summary).findBackup({ ...find, ...patience }),
      { survey: true },
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    const survey = await surveyForPreflight(settings, questions);
    return await questions.ask(
      `what else is wrong, besides ${subject}?`,
      async (summary, patience) =>
        await shortStep(settings, summary).preflightUnfound({ find, ...survey, ...patience }),
    );
  }
}
