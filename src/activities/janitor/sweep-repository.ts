import { cancellationSignal, heartbeat, log } from '@temporalio/activity';
import { compactSchedules, sweep, withSignal } from '../../repository';
import type { JanitorDependencies } from './dependencies';
import { whyKept } from './last-look';

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
 * Removes the objects of what was deleted long enough ago, then the changes of schedules that were replaced as long
 * ago. Killed, cancelled or run twice at once, it continues from the present state.
 */
export function makeSweepRepository({ repository, timing }: JanitorDependencies) {
  return async function sweepRepository(): Promise<SweepRepositoryResult> {
    const signal = cancellationSignal();
    const beat = setInterval(() => {
      heartbeat();
    }, timing.heartbeatTimeout / 3);
    try {
      const below = withSignal(repository, signal);
      const options = { graceMs: timing.deletionGrace, signal, onBatch: heartbeat };
      const { swept, waiting, objects, bytes } = await sweep(below, {
        ...options,
        maxRunTimeMs: timing.maxRunTime,
        whyKept: async (due) => await whyKept(below, due),
      });
      if (swept.length > 0) log.info(`${swept.length} swept`, { objects, bytes });
      const changes = await compactSchedules(below, options);
      if (changes.objects > 0) log.info(`${changes.objects} superseded records of schedules were removed`);
      if (changes.left !== undefined) log.warn(`Superseded records of schedules were not removed: ${changes.left}`);
      const listed = waiting.slice(0, FIRST).map(({ id, because }) => ({ backupId: id, because }));
      return {
        ...{ swept: swept.length, objects: objects + changes.objects, bytes: bytes + changes.bytes },
        waiting: listed,
      };
    } finally {
      clearInterval(beat);
    }
  };
}
