import { activityInfo, cancellationSignal, log, sleep } from '@temporalio/activity';
import { cloneNamespace, listClones, ToolFailed, type Yugabyte } from '../../../yugabyte';
import { apiOf, bareName, languageOf } from '../../../contract';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { confirmSameDatabase, namespaceIdOf } from '../run/same-database';
import { recordMaking } from '../undo/makings';
import { cloneOf } from '../undo/undo-clone';
import { deadlineAfter, listTogether } from '../waits/list-together';

export interface CloneInput {
  guarded: Guarded;
  database: string;
  namespaceId: string;
  /**
   * Bare name of the clone: a scratch name that only this run uses; for a keyspace, the requested name, which is
   * locked.
   */
  scratchName: string;
  /** Numbers of clones of the source that are not ours; absent: the name alone identifies ours. */
  listedBefore?: string[];
  /** The previous clone was aborted. */
  again?: boolean;
  toMicros: string;
}

/** Starts a clone once: after a lost reply, the new clone of this name is ours. */
export function makeStartClone(dependencies: ControlDependencies) {
  return async function startClone(input: CloneInput): Promise<void> {
    const { guarded, database, namespaceId, scratchName, listedBefore = [], again = false, toMicros } = input;
    await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, guarded);
      const yugabyte = dependencies.yugabyte();
      const listed = async (): Promise<boolean> =>
        cloneOf(await yugabyte.run(listClones, { namespaceId }, { signal: cancellationSignal() }), {
          target: scratchName,
          listedBefore,
        }) !== undefined;
      if (activityInfo().attempt > 1 && (await listed())) return;
      await confirmSameDatabase(yugabyte, { database, namespaceId }, cancellationSignal());
      // A requested name could be taken; nobody else uses a scratch name.
      if (!languageOf(database).renames) {
        const clone = `${apiOf(database)}.${scratchName}`;
        await recordMaking(dependencies, guarded.chain, clone).catch(withoutRecord);
        if (again) await clearAborted(yugabyte, clone);
      }
      try {
        await command(() =>
          yugabyte.run(
            cloneNamespace,
            { source: database, target: scratchName, atMicros: toMicros },
            { signal: cancellationSignal() },
          ),
        );
      } catch (error) {
        if (!(error instanceof ToolFailed) || error.outcome !== 'unknown') throw error;
        await sleep(dependencies.timing.rpcTimeout);
        if (!(await listed())) throw error; // the next attempt looks again before it acts
      }
    });
  };
}

/**
 * A clone needs no store: without the record it is made all the same, and the remains of a failed one are reported, not
 * dropped.
 */
function withoutRecord(error: unknown): void {
  log.warn('the contents of the keyspace could not be recorded, so a clone that fails is not removed', {
    reason: error instanceof Error ? error.message : String(error),
  });
}

/** The name was free before, so an empty keyspace is a remnant of the aborted clone; tables may be someone else's. */
async function clearAborted(yugabyte: Yugabyte, clone: string): Promise<void> {
  const api = yugabyte.api(clone);
  const there = await api.tables(bareName(clone), { signal: cancellationSignal() });
  if (!there) return;
  if (there.length > 0)
    throw failWith(
      'RestoreFailed',
      `The cluster aborted the clone, and there is a keyspace ${clone} with ${there.length} tables and indexes now. Check whether they are the clone's, drop it by hand (DROP TABLE …, DROP KEYSPACE), then start again.`,
    );
  await api.drop(bareName(clone), { signal: cancellationSignal() });
}

export interface WaitForCloneInput extends Pick<CloneInput, 'namespaceId' | 'scratchName' | 'listedBefore'> {
  /** The database that is cloned. */
  database?: string;
}

/**
 * Waits for the clone's end as `list_clones` reports it. COMPLETE: returns its id. ABORTED: returns the reason. Fault
 * 75.
 */
export function makeWaitForClone(dependencies: ControlDependencies) {
  const { timing, yugabyte } = dependencies;
  return async function waitForClone({
    database,
    namespaceId,
    scratchName,
    listedBefore = [],
  }: WaitForCloneInput): Promise<{
    /** Absent: it was dropped again, or the run began before clones were identified by id. */
    cloneId?: string;
    aborted?: string;
    sequence?: string;
  }> {
    const since = Date.now();
    const giveUpAt = deadlineAfter(timing.restoreDeadline);
    for (;;) {
      const clones = await listTogether(dependencies, listClones, { namespaceId }, since);
      const clone = cloneOf(clones, { target: scratchName, listedBefore });
      if (clone?.state === 'COMPLETE') {
        if (database === undefined) return {};
        const cloneId = await namespaceIdOf(yugabyte(), `${apiOf(database)}.${scratchName}`, cancellationSignal());
        return cloneId === undefined ? {} : { cloneId };
      }
      if (clone?.state === 'ABORTED')
        return { aborted: clone.reason ?? 'the cluster gives no reason', sequence: clone.sequence };
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
