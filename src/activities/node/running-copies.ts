import { TransferLimits } from '../../transfer';
import type { RunLimits } from '../internal-types';

interface Run {
  limits: TransferLimits;
  version: number;
  /** Batches that are running. */
  batches: number;
}

/**
 * The copies that this process runs, by run: shared by the node's two workers, so that the one for short steps can
 * change the limits of a running copy.
 */
export class RunningCopies {
  private readonly runs = new Map<string, Run>();

  /** `ceiling`: the node's own limits over all runs. */
  constructor(private readonly ceiling: TransferLimits) {}

  /** The limits that a run's batches share; the newest version wins, whichever batch brings it. */
  limitsOf(runKey: string, limits: RunLimits): TransferLimits {
    const run = this.runs.get(runKey) ?? this.open(runKey);
    this.apply(run, limits);
    return run.limits;
  }

  /** Changes a run's limits at once. A run that this process does not know gets them with its next batch. */
  change(runKey: string, limits: RunLimits): void {
    const run = this.runs.get(runKey);
    if (run) this.apply(run, limits);
  }

  /** Counts a running batch; call the result when it has ended. */
  begin(runKey: string): () => void {
    const run = this.runs.get(runKey) ?? this.open(runKey);
    run.batches += 1;
    return () => {
      run.batches -= 1;
      if (run.batches === 0) this.runs.delete(runKey);
    };
  }

  private open(runKey: string): Run {
    const run: Run = { limits: new TransferLimits({}, this.ceiling), version: 0, batches: 0 };
    this.runs.set(runKey, run);
    return run;
  }

  private apply(run: Run, limits: RunLimits): void {
    if (limits.version <= run.version) return;
    run.version = limits.version;
    run.limits.set({ bytesPerSecond: limits.bytesPerSecond ?? 0, parallelism: limits.parallelism ?? 0 });
  }
}
