const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C and similar signals. The first asks to stop in order, the second to stop at once. */
export class Interruption {
  happened = false;
  /** Resolves at the first one. */
  readonly first: Promise<void>;
  private again: () => void = () => undefined;

  constructor(onFirst: () => void) {
    this.first = new Promise((resolve) => {
      for (const signal of SIGNALS) {
        process.on(signal, () => {
          if (this.happened) return this.again();
          this.happened = true;
          onFirst();
          resolve();
        });
      }
    });
  }

  /** What the second one does; before this call it does nothing. */
  onSecond(action: () => void): void {
    this.again = action;
  }
}
