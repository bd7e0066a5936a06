import { cancellationSignal, heartbeat, log } from '@temporalio/activity';
import { sweep, withSignal } from '../../repository';
import type { JanitorDependencies } from './dependencies';

export interface SweepRepositoryResult {
  swept: number;
  objects: number;
  bytes: number;
  /** The first ones that have to wait. */
  waiting: { backupId: string; because: string }[];
}

/** Entries in a result. */
const FIRST = 50;

/**
 * Removes the objects of what was deleted long enough ago. Killed, cancelled or run twice at once, it continues from
 * the present state.
 */
export function makeSweepRepository({ repository, timing }: JanitorDependencies) {
  return async function sweepRepository(): Promise<SweepRepositoryResult> {
    const signal = cancellationSignal();
    const beat = setInterval(() => {
      heartbeat();
    }, timing.heartbeatTimeout / 3);
    try {
      const { swept, waiting, objects, bytes } = await sweep(withSignal(repository, signal), {
        ...{ graceMs: timing.deletionGrace, maxRunTimeMs: timing.maxRunTime, signal },
        onBatch: heartbeat,
      });
      if (swept.length > 0) log.info(`${swept.length} swept`, { objects, bytes });
      const told = waiting.slice(0, FIRST).map(({ id, because }) => ({ backupId: id, because }));
      return { swept: swept.length, objects, bytes, waiting: told };
    } finally {
      clearInterval(beat);
    }
  };
}
