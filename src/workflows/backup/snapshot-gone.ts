import type { ApplicationFailure } from '@temporalio/workflow';
import { failure } from '../run/failure';

/**
 * For some tablet no replica has this snapshot any more: it is taken again, a bounded number of times. Never leaves the
 * workflow: the run ends with `asFailure`.
 */
export class SnapshotGone {
  constructor(
    readonly reason: string,
    /** Some of them. */
    readonly tablets: string[],
  ) {}

  asFailure(taken: number): ApplicationFailure {
    return failure(
      'SnapshotFilesMissing',
      `${this.reason}. The snapshot was taken ${taken} times; nothing was committed. Check the replicas of the named tablets (moved, bootstrapped, expired, or deleted with a table that was dropped since?), then start a new backup.`,
      this.tablets.map((tablet) => ({ tablet })),
    );
  }
}
