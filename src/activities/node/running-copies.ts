import { TransferLimits } from '../../transfer';
import type { CopyCounters, RunLimits } from '../shapes';

interface Run {
  limits: TransferLimits;
  version: number;
  counters: Set<() => CopyCounters>;
}

/**
 * The copies that this process runs, by run: shared by the node's two workers, so that the quick one can tell how far
 * a copy is and change its limits while it runs.
 */
export class RunningCopies {
  private readonly runs = new Map<string, Run>();

  /** `ceiling`: the node's own limits over all runs. */
  constructor(private readonly ceiling: TransferLimits) {}

  /** The limits that a run's batches share; those of the newest version win, wherever they arrive first. */
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

  /** Counts a batch in while it runs; call the result when it has ended. */
  begin(runKey: string, counters: () => CopyCounters): () => void {
    const run = this.runs.get(runKey) ?? this.open(runKey);
    run.counters.add(counters);
    return () => {
      run.counters.delete(counters);
      if (run.counters.size === 0) this.runs.delete(runKey);
    };
  }

  /** What the running batches of a run have done together. */
  progress(runKey: string): CopyCounters {
    const total: CopyCounters = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };
    for (const read of this.runs.get(runKey)?.counters ?? []) {
      const counters = read();
      total.filesDone += counters.filesDone;
      total.filesTotal += counters.filesTotal;
      total.bytesDone += counters.bytesDone;
      total.bytesTotal += counters.bytesTotal;
    }
    return total;
  }

  private open(runKey: string): Run {
    const run: Run = { limits: new TransferLimits({}, this.ceiling), version: 0, counters: new Set() };
    this.runs.set(runKey, run);
    return run;
  }

  private apply(run: Run, limits: RunLimits): void {
    if (limits.version <= run.version) return;
    run.version = limits.version;
    run.limits.set({ bytesPerSecond: limits.bytesPerSecond ?? 0, parallelism: limits.parallelism ?? 0 });
  }
}
