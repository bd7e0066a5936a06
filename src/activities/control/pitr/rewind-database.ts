import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import { restoreSnapshotSchedule, ToolFailed, type StartedRewind } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { newRestorations } from '../waits/restorations';
import { confirmSameDatabase } from '../run/same-database';
import { given } from '../../../objects/given';

export interface RewindDatabaseInput {
  guarded: Guarded;
  /** The database that the schedule belonged to when preflight looked. */
  database?: string;
  namespaceId?: string;
  scheduleId: string;
  toMicros: string;
  listedBefore: string[];
}

/**
 * Starts the rewind once. The command may run for minutes (old clients take a snapshot first), even after its reply is
 * lost or this worker is dead: a second one is started only when the first has certainly ended without a restoration.
 */
export function makeRewindDatabase(dependencies: ControlDependencies) {
  const { timing } = dependencies;
  return async function rewindDatabase(
    input: RewindDatabaseInput,
  ): Promise<Partial<StartedRewind> & { restorationId: string }> {
    const { guarded, database, namespaceId, scheduleId, toMicros, listedBefore } = input;
    const yugabyte = dependencies.yugabyte();
    return await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, guarded);
      if (activityInfo().attempt > 1) {
        const earlier = await found();
        if (earlier) return earlier;
      }
      if (database !== undefined && namespaceId !== undefined)
        await confirmSameDatabase(yugabyte, { database, namespaceId }, cancellationSignal());
      try {
        return await command(() =>
          yugabyte.run(
            restoreSnapshotSchedule,
            { scheduleId, toMicros },
            { signal: cancellationSignal(), rpcMs: timing.rewindTimeout, timeoutMs: timing.rewindTimeout },
          ),
        );
      } catch (error) {
        if (!(error instanceof ToolFailed) || error.outcome !== 'unknown') throw error;
        const started = await found();
        if (!started) throw error; // the next attempt looks again before it acts
        return started;
      }
    });

    /** A restoration of the schedule that began since; looked for until the command can no longer begin one. */
    async function found() {
      const endsAt = activityInfo().currentAttemptScheduledTimestampMs + timing.rewindTimeout + timing.rpcTimeout;
      for (;;) {
        const [first, ...more] = await newRestorations(yugabyte, { scheduleId }, listedBefore, cancellationSignal());
        if (more.length > 0)
          throw failWith(
            'RestoreFailed',
            `${more.length + 1} restorations of schedule ${scheduleId} began: ${[first, ...more].map((one) => one?.id).join(', ')}. Nothing more was started; check them with yb-admin.`,
          );
        if (first)
          return {
            restorationId: first.id,
            ...given({ snapshotId: first.snapshotId }),
          };
        if (Date.now() > endsAt) return undefined;
        showProgress({ lookingFor: `a restoration of schedule ${scheduleId}` });
        await sleep(timing.pollInterval);
      }
    }
  };
}
