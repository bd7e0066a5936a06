/** How far a transfer has come: a plain object for heartbeats and progress. */
export interface TransferCounters {
  filesDone: number;
  filesTotal: number;
  bytesDone: number;
  bytesTotal: number;
  /** Smoothed over about ten seconds. */
  bytesPerSecond: number;
}

/** After this many seconds a measurement has lost half of its weight. */
const HALF_LIFE_SECONDS = 7;

/** Counts files and bytes, and smooths the rate (EWMA) so that a display does not jump. */
export class TransferMeter {
  private filesDone = 0;
  private bytesDone = 0;
  private rate = 0;
  private countedBytes = 0;
  private countedAt: number;

  constructor(
    private readonly filesTotal: number,
    private readonly bytesTotal: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.countedAt = now();
  }

  addBytes(bytes: number): void {
    this.bytesDone += bytes;
  }

  addFiles(files: number): void {
    this.filesDone += files;
  }

  /** The counters now. */
  read(): TransferCounters {
    const seconds = (this.now() - this.countedAt) / 1000;
    if (seconds >= 0.25) {
      const measured = Math.max(0, this.bytesDone - this.countedBytes) / seconds;
      const weight = this.rate === 0 ? 1 : 1 - 2 ** (-seconds / HALF_LIFE_SECONDS);
      this.rate += (measured - this.rate) * weight;
      this.countedBytes = this.bytesDone;
      this.countedAt = this.now();
    }
    return {
      filesDone: this.filesDone,
      filesTotal: this.filesTotal,
      bytesDone: this.bytesDone,
      bytesTotal: this.bytesTotal,
      bytesPerSecond: Math.round(this.rate),
    };
  }
}
