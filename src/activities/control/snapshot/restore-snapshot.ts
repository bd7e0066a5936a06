import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import { restoreSnapshot as restoreCommand, ToolFailed } from '../../../yugabyte';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { newRestorations } from '../waits/restorations';
import { given } from '../../../objects/given';

export interface RestoreSnapshotInput {
  guarded: Guarded;
  snapshotId: string;
  /** Restorations that were listed before the first attempt; none of them is ours. */
  listedBefore: string[];
  /** A moment of the snapshot's history, 16 digits; default: the snapshot's own. */
  atMicros?: string;
}

/**
 * Starts the restoration once. After a lost reply it waits for the RPC time-out and looks at the restorations: one of
 * this snapshot is ours; a second one is never started blindly. Fault 54.
 */
export function makeRestoreSnapshot(dependencies: ControlDependencies) {
  return async function restoreSnapshot({
    guarded,
    snapshotId,
    listedBefore,
    atMicros,
  }: RestoreSnapshotInput): Promise<{ restorationId: string }> {
    return await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, guarded);
      const yugabyte = dependencies.yugabyte();
      const found = async (): Promise<string | undefined> => {
        const [first, ...more] = await newRestorations(
          yugabyte,
          { snapshotIds: [snapshotId] },
          listedBefore,
          cancellationSignal(),
        );
        if (more.length > 0) {
          throw failWith(
            'RestoreFailed',
            `${more.length + 1} restorations may be of snapshot ${snapshotId}: ${[first, ...more].map((one) => one?.id).join(', ')}. Nothing more was started; check them with yb-admin.`,
          );
        }
        return first?.id;
      };
      if (activityInfo().attempt > 1) {
        const earlier = await found();
        if (earlier !== undefined) return { restorationId: earlier };
      }
      try {
        return await command(() =>
          yugabyte.run(restoreCommand, { snapshotId, ...given({ atMicros }) }, { signal: cancellationSignal() }),
        );
      } catch (error) {
        if (!(error instanceof ToolFailed) || error.outcome !== 'unknown') throw error;
        await sleep(dependencies.timing.rpcTimeout);
        const started = await found();
        if (started === undefined) throw error; // the next attempt looks again before it acts
        return { restorationId: started };
      }
    });
  };
}
