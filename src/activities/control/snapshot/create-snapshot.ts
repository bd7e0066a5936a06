import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { bareName, type Timing } from '../../../contract';
import { ToolFailed, type Yugabyte } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { pauseSplitting } from './pause-splitting';
import { snapshotCandidates } from '../undo/snapshot-candidates';

const HOUR_MS = 3_600_000;

export interface CreateSnapshotInput {
  guarded: Guarded;
  database: string;
  /** Of a keyspace: only these, with their indexes. */
  tables?: string[];
  /** Snapshots that were there before the first attempt; none of them can be ours. */
  listedBefore: string[];
  /**
   * After this many hours the cluster deletes it on its own, where it can; 0: never. Default: longer than a backup may
   * take.
   */
  retentionHours?: number;
}

export interface CreateSnapshotResult {
  snapshotId: string;
  /** An earlier attempt had started it and its reply was lost. */
  adopted: boolean;
  /** Another one, requested by an earlier attempt whose reply was lost, may still appear beside this one. */
  anotherMayCome?: true;
  warnings: string[];
}

/**
 * Starts a snapshot and returns at once. yb-admin has no idempotency key, so an attempt after a lost reply first waits
 * for the RPC time-out and looks: exactly one candidate is ours; none, it creates one; several, it creates its own and
 * reports the others. A snapshot that appears later is looked for when the run ends. Fault 3.
 */
export function makeCreateSnapshot(dependencies: ControlDependencies) {
  const { timing } = dependencies;
  return async function createSnapshot({
    guarded,
    database,
    tables,
    listedBefore,
    retentionHours = hoursOfABackup(timing),
  }: CreateSnapshotInput): Promise<CreateSnapshotResult> {
    return await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, guarded);
      const yugabyte = dependencies.yugabyte();
      const warnings = await pauseSplitting(dependencies);
      let unknown = activityInfo().attempt > 1;
      for (;;) {
        if (unknown) {
          const candidates = await snapshotCandidates(yugabyte, { database, listedBefore }, cancellationSignal());
          const [only] = candidates;
          if (only !== undefined && candidates.length === 1) return { snapshotId: only, adopted: true, warnings };
          if (candidates.length > 1)
            warnings.push(
              `${candidates.length} snapshots appeared while this run's was being created (${candidates.join(', ')}); none of them was touched: check whether you want to keep them.`,
            );
        }
        try {
          const { snapshotId } = await command(() =>
            yugabyte
              .api(database)
              .createSnapshot(bareName(database), { tables, retentionHours, signal: cancellationSignal() }),
          );
          return { snapshotId, adopted: false, warnings, ...(unknown ? { anotherMayCome: true } : {}) };
        } catch (error) {
          if (!(error instanceof ToolFailed)) throw error;
          if (NO_TABLEGROUPS.test(error.reason)) throw await refusedForTablegroups(yugabyte, database);
          if (error.outcome !== 'unknown' || unknown) throw error;
          unknown = true;
          await sleep(timing.rpcTimeout); // the master may still be at it
        }
      }
    });
  };
}

/** How old masters refuse a database with tablegroups (#11632). */
const NO_TABLEGROUPS = /\.colocated\.parent\.uuid not found/;

async function refusedForTablegroups(yugabyte: Yugabyte, database: string): Promise<ApplicationFailure> {
  const { release } = await yugabyte.capabilities();
  return failWith(
    'IncompatibleVersion',
    `${database} has tablegroups, and the masters of YugabyteDB ${release} take no snapshot of such a database (#11632). Dump it instead (kalpa dump ${database}), or move its tables out of the tablegroups.`,
    [{ database }],
  );
}

/**
 * Longer than a backup may take until its commit: newer clusters delete a snapshot after 24 h by default. Exported for
 * tests.
 */
export function hoursOfABackup(timing: Pick<Timing, 'maxRunTime' | 'snapshotLifeMargin'>): number {
  return Math.ceil((timing.maxRunTime + timing.snapshotLifeMargin) / HOUR_MS) + 24;
}
