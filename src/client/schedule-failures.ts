import { ScheduleAlreadyRunning } from '@temporalio/client';
import type { ScheduleDefinition } from '../contract';
import { didYouMean } from '../contract/fields/nearest-name';
import type { Schedule } from '../schedules';
import { KalpaFailure, type RunReference } from './kalpa-failure';
import { scheduleTimesText } from './listed-schedule';

/** The schedule exists, made by an earlier call or in the UI. */
export function existsAlready({ id, operation, paused, nextRunAt }: Schedule): KalpaFailure {
  return new KalpaFailure(
    'AlreadyExists',
    `The schedule ${id} already exists (${operation}, ${paused ? 'paused' : `next run ${nextRunAt ?? 'never'}`}); nothing was changed. Replace it (--replace), or give the new one another id (--id).`,
  );
}

interface MissingSchedule {
  cluster: string;
  scheduleId: string;
  /** The repository has it, this Temporal does not. */
  recorded: boolean;
  /** Ids that this Temporal has. */
  known: readonly string[];
}

export function noSchedule({ cluster, scheduleId, recorded, known }: MissingSchedule): KalpaFailure {
  const next = recorded
    ? ' The repository has it: create it again with kalpa schedule restore.'
    : `${didYouMean(scheduleId, known)} List what there is: kalpa schedule list.`;
  return new KalpaFailure(
    'NotFound',
    `There is no schedule ${scheduleId} of cluster ${cluster} in Temporal; nothing was changed.${next}`,
  );
}

/** A change that must be recorded and can't be: it was not made in Temporal either. */
export function notRecordable(scheduleId: string, cause: unknown): KalpaFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KalpaFailure(
    'PreflightFailed',
    `The schedule ${scheduleId} was not changed, because the change could not be recorded in the repository: ${why}`,
    [{ scheduleId }],
    undefined,
    { cause },
  );
}

/** What was done to a schedule in Temporal, and how to request it again. */
const AGAIN = {
  changed: 'Add it again with --replace',
  removed: 'Remove it again',
  paused: 'Pause it again',
  resumed: 'Resume it again',
};
export type ScheduleChange = keyof typeof AGAIN;

/** Temporal has the change, the repository does not. */
export function notRecorded(scheduleId: string, change: ScheduleChange, cause: unknown): KalpaFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KalpaFailure(
    'StoreUnavailable',
    `The schedule ${scheduleId} was ${change} in Temporal, but that could not be recorded in the repository: ${why} ${AGAIN[change]} once that is fixed; until then a new Temporal would get the old state back.`,
    [{ scheduleId }],
    undefined,
    { cause },
  );
}

/** Overlapping runs are skipped, triggered ones too. */
export function stillRunning(scheduleId: string, run: RunReference | undefined): KalpaFailure {
  return new KalpaFailure(
    'DatabaseBusy',
    `Nothing was started: the last run of the schedule ${scheduleId} is still running${run ? ` (${run.link ?? run.workflowId})` : ''}. Wait for it, or cancel it first.`,
    run ? [run] : [],
    run,
  );
}

/** The meaning of Temporal's refusal to create or change a schedule; undefined when it is not ours to explain. */
export function refusedSchedule(
  cluster: string,
  { scheduleId, cron, every, timeZone }: ScheduleDefinition,
  error: unknown,
): KalpaFailure | undefined {
  if (error instanceof ScheduleAlreadyRunning) {
    return new KalpaFailure(
      'AlreadyExists',
      `The schedule ${scheduleId} was not created: this Temporal has one with that id which belongs to another cluster than ${cluster}, or was created just now. Give it another id (--id).`,
      [],
      undefined,
      { cause: error },
    );
  }
  // For a spec that the server refuses, the SDK throws a TypeError with the server's own words.
  const why = (error as { name?: unknown }).name === 'TypeError' ? (error as Error).message : undefined;
  if (why === undefined) return undefined;
  return new KalpaFailure(
    'InvalidInput',
    `Temporal refused the times of the schedule ${scheduleId} (${scheduleTimesText({ cron, every, timeZone })}), nothing was changed: ${why}. Correct them and add it again.`,
    [{ field: cron === undefined ? 'every' : 'cron', given: cron ?? every, allowed: why }],
    undefined,
    { cause: error },
  );
}
