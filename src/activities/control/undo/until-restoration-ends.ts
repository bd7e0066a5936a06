import { cancellationSignal, sleep } from '@temporalio/activity';
import { listSnapshotRestorations } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import type { ControlDependencies } from '../dependencies';
import { newRestorations, type RestoredFrom } from '../waits/restorations';
import { deadlineAfter, listTogether } from '../waits/list-together';

export interface PossibleRestoration {
  from: RestoredFrom;
  /** The id that was printed to the run; absent: the command may have been sent, and its reply was lost. */
  id?: string;
  listedBefore: string[];
  /** What stays while its outcome is unknown, for the message. */
  whatStays: string;
}

/** Waits until a restoration is listed RESTORED or FAILED, or certainly never began. Throws if it never is. */
export async function untilRestorationEnds(
  dependencies: ControlDependencies,
  { from, id, listedBefore, whatStays }: PossibleRestoration,
): Promise<void> {
  const { yugabyte, timing } = dependencies;
  const since = Date.now();
  const giveUpAt = deadlineAfter(timing.leftoverDeadline);
  const neverBeganAt = Date.now() + 2 * timing.rpcTimeout;
  const signal = cancellationSignal();
  for (;;) {
    const ours =
      id === undefined
        ? await newRestorations(yugabyte(), from, listedBefore, signal)
        : (await listTogether(dependencies, listSnapshotRestorations, {}, since)).filter((one) => one.id === id);
    if (ours.length > 0 && ours.every(({ state }) => state === 'RESTORED' || state === 'FAILED')) return;
    if (ours.length === 0 && id === undefined && Date.now() > neverBeganAt) return;
    if (Date.now() > giveUpAt) {
      throw new Error(
        `a restoration (${id ?? 'id unknown'}) was never listed RESTORED or FAILED; ${whatStays}; check it with yb-admin list_snapshot_restorations`,
      );
    }
    showProgress({ waitingFor: id ?? 'a restoration that may have begun', state: ours[0]?.state ?? 'not listed' });
    await sleep(timing.pollInterval);
  }
}
