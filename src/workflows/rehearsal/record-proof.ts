import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  log,
} from '@temporalio/workflow';
import type { RestorableBackup } from '../../activities/control/lookup/find-backup';
import {
  formatMicros,
  type RehearseRestoreInput,
  type RehearseRestoreResult,
  type RestoreDatabaseResult,
} from '../../contract';
import { reasonOf, rootFailure } from '../run/failure';
import { shortStep } from '../run/policies';
import { ownChain } from '../run/run-context';
import type { StartedRun } from '../run/run-operation';

type Verified = RestoreDatabaseResult['verified'];
type Proof = Pick<RehearseRestoreResult, 'provedAt' | 'recoveryTimeSeconds' | 'phases' | 'record'>;

/** Phases that do not count as recovery time. */
const AFTER_IT = new Set(['record', 'cleanup']);

/**
 * Records that the backup restores. Without the record nothing is proved, so a store that is unavailable fails the run.
 */
export async function recordProof(
  begun: StartedRun<RehearseRestoreInput>,
  backup: RestorableBackup,
  verified: Verified,
): Promise<Proof> {
  return await recorded(begun, backup, { ...verified, problems: [] });
}

/**
 * Runs a part of the rehearsal. If it fails because the backup is not what was recorded, that is recorded too; a cause
 * in the cluster, the store or the caller proves nothing. The failure itself is thrown on, whatever happens to the
 * record.
 */
export async function recordIfBad<T>(
  begun: StartedRun<RehearseRestoreInput>,
  backup: RestorableBackup,
  part: () => Promise<T>,
): Promise<T> {
  try {
    return await part();
  } catch (error) {
    if (provesBad(error))
      await CancellationScope.nonCancellable(async () => {
        try {
          const problems = [reasonOf(error)];
          await recorded(begun, backup, { level: 'objects', tablesChecked: 0, rowsChecked: 0, problems });
        } catch (unrecorded) {
          log.warn('the failed rehearsal was not recorded', { reason: reasonOf(unrecorded) });
        }
      });
    throw error;
  }
}

/** Steps in which a hash mismatch can only come from the backup. */
const READ_THE_BACKUP = new Set(['preflightRestore', 'loadSchema', 'importSnapshot']);

/**
 * The restored rows differ, a file's bytes do, or an object of the backup is missing. Other findings of the same
 * preflight do not matter.
 */
function provesBad(error: unknown): boolean {
  const root = rootFailure(error);
  if (!(root instanceof ApplicationFailure)) return false;
  const details = (root.details ?? []) as ({ type?: unknown; problem?: unknown } | null)[];
  if (root.type === 'VerificationFailed') return details.some((one) => typeof one?.problem === 'string');
  if (error instanceof ChildWorkflowFailure) return root.type === 'ChecksumMismatch';
  if (error instanceof ActivityFailure && !READ_THE_BACKUP.has(error.activityType)) return false;
  return [root.type, ...details.map((one) => one?.type)].some(
    (type) => type === 'ManifestInvalid' || type === 'ChecksumMismatch',
  );
}

async function recorded(
  { settings, progress, seconds }: StartedRun<RehearseRestoreInput>,
  backup: RestorableBackup,
  found: Verified & { problems: string[] },
): Promise<Proof> {
  const provedAt = formatMicros(`${Date.now()}000`);
  const recoveryTimeSeconds = seconds();
  const phases = progress.snapshot().phases.flatMap(({ name, startedAt, endedAt = provedAt }) => {
    if (startedAt === undefined || AFTER_IT.has(name)) return [];
    const ms = Date.parse(endedAt) - Date.parse(startedAt);
    return [{ phase: name, seconds: Math.max(0, Math.round(ms / 100) / 10) }];
  });
  const { record } = await shortStep(settings, 'the record of the proof').recordRehearsal({
    chain: ownChain(),
    backup,
    provedAt,
    recoveryTimeSeconds,
    phases,
    ...found,
  });
  return { provedAt, recoveryTimeSeconds, phases, record };
}
