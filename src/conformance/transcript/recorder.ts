import { onCall, type Call } from '../../yugabyte';

/** A call with the step that was running when it ended. */
export interface Recorded {
  call: Call;
  step: string;
}

/** Further calls are only counted: a transcript is read by people. */
const MAX_CALLS = 20_000;

/** Records every call of this process from `start` on, in the order in which the calls end. */
export class Recorder {
  readonly calls: Recorded[] = [];
  dropped = 0;
  /** The current step; recorded with each call. */
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

  /** The line number of the next call; the first line is the head of the transcript. */
  get nextLine(): number {
    return this.calls.length + 2;
  }
}
