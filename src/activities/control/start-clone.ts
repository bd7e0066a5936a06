import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import { cloneNamespace, listClones, ToolFailed } from '../../yugabyte';
import { showProgress } from '../activity-signs';
import { failWith } from '../application-failure';
import type { Guarded } from '../shapes';
import type { ControlDependencies } from './dependencies';
import { confirmGuardians } from './guardian-state';

export interface CloneInput {
  guarded: Guarded;
  database: string;
  namespaceId: string;
  /** Only this run has it, so a clone of this name is ours. */
  scratchName: string;
  toMicros: string;
}

/** Starts a clone, once: after a lost reply the clone of this name is ours. */
export function makeStartClone(dependencies: ControlDependencies) {
  return async function startClone(input: CloneInput): Promise<void> {
    const { guarded, database, namespaceId, scratchName, toMicros } = input;
    await confirmGuardians(dependencies, guarded);
    const yugabyte = dependencies.yugabyte();
    const listed = async (): Promise<boolean> =>
      (await yugabyte.run(listClones, { namespaceId }, { signal: cancellationSignal() })).some(
        ({ target }) => target === scratchName,
      );
    if (activityInfo().attempt > 1 && (await listed())) return;
    try {
      await yugabyte.run(
        cloneNamespace,
        { source: database, target: scratchName, atMicros: toMicros },
        { signal: cancellationSignal() },
      );
    } catch (error) {
      if (!(error instanceof ToolFailed) || error.outcome !== 'unknown') throw error;
      await sleep(dependencies.timing.rpcTimeout);
      if (!(await listed())) throw error; // the next attempt looks again before it acts
    }
  };
}

/** Waits, green, for the clone's end as `list_clones` has it. ABORTED: says why. Fault 75. */
export function makeWaitForClone({ yugabyte, timing }: ControlDependencies) {
  return async function waitForClone({
    namespaceId,
    scratchName,
  }: Pick<CloneInput, 'namespaceId' | 'scratchName'>): Promise<{ aborted?: string }> {
    const giveUpAt = Date.now() + timing.restoreDeadline;
    for (;;) {
      const clones = await yugabyte().run(listClones, { namespaceId }, { signal: cancellationSignal() });
      const clone = clones.find(({ target }) => target === scratchName);
      if (clone?.state === 'COMPLETE') return {};
      if (clone?.state === 'ABORTED') return { aborted: clone.reason ?? 'the cluster gives no reason' };
      if (Date.now() > giveUpAt)
        throw failWith(
          'RestoreFailed',
          `The clone ${scratchName} is still ${clone?.state ?? 'not listed'} after ${Math.round(timing.restoreDeadline / 1000)} s. Look at it with yb-admin list_clones ${namespaceId}.`,
        );
      showProgress({ clone: scratchName, state: clone?.state ?? 'not listed' });
      await sleep(timing.pollInterval);
    }
  };
}
