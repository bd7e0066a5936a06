import { onCall, type Call } from '../../yugabyte';

/** A call with the step that was being done when it ended. */
export interface Recorded {
  call: Call;
  step: string;
}

/** Calls beyond this are counted and not kept: a transcript is read by people. */
const MAX_CALLS = 20_000;

/** Keeps every call of this process from `start` on, in the order in which they end. */
export class Recorder {
  readonly calls: Recorded[] = [];
  dropped = 0;
  /** What is being done; goes into each line. */
  step = '';
  private stopHearing: () => void = () => undefined;

  start(): void {
    this.stopHearing = onCall((call) => {
      if (this.calls.length < MAX_CALLS) this.calls.push({ call, step: this.step });
      else this.dropped += 1;
    });
  }

  stop(): void {
    this.stopHearing();
  }

  /** The line that the next call will have; the first one is the head of the transcript. */
  get nextLine(): number {
    return this.calls.length + 2;
  }
}
