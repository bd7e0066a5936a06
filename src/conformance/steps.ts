import { KalpaFailure } from '../client';
import type { FailureType } from '../contract';

/**
 * How one step ended. `left out`: this release or configuration does not support it. `not run`: an earlier step that it
 * depends on differed.
 */
export type StepEnd = 'ok' | 'refused as documented' | 'differs' | 'left out' | 'not run';

export interface Step {
  chapter: string;
  step: string;
  end: StepEnd;
  /** What was observed: a figure if the step is ok, otherwise the difference. */
  said: string;
  startedAt: Date;
  seconds: number;
  /** First and last line of the transcript that belong to the step; absent if it called nothing. */
  lines?: [first: number, last: number];
}

/** Something is not as documented; the message goes into the report. */
export class Difference extends Error {
  override readonly name = 'Difference';
}

/** Thrown when there is nothing to do for a step; the message says why. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut';
}

/** Thrown after Ctrl-C: no further step is started. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

interface StepsOptions {
  /** The number of the next line of the transcript. */
  nextLine: () => number;
  onBegin: (step: string) => void;
  onStep: (step: Step) => void;
  interrupted: () => boolean;
}

/** Runs steps one by one and records how each ended. A step that differs stops only those that depend on its result. */
export class Steps {
  readonly all: Step[] = [];

  constructor(private readonly options: StepsOptions) {}

  get differences(): Step[] {
    return this.all.filter(({ end }) => end === 'differs' || end === 'not run');
  }

  /**
   * Returns what `work` returns, or undefined if the step differed. `describe` turns the result into the figure for the
   * report.
   */
  async run<T>(
    chapter: string,
    step: string,
    work: () => Promise<T>,
    describe: (result: T) => string = () => '',
  ): Promise<T | undefined> {
    let made: { result: T } | undefined;
    await this.timed(chapter, step, async () => {
      made = { result: await work() };
      return { end: 'ok', said: describe(made.result) };
    });
    return made?.result;
  }

  /** A run that must be refused, with this failure type and wording. */
  async refusal(
    chapter: string,
    step: string,
    expected: { type: FailureType | readonly FailureType[]; message?: RegExp },
    work: () => Promise<unknown>,
  ): Promise<void> {
    await this.timed(chapter, step, async () => {
      const failure = await refusedBy(work);
      const types = [expected.type].flat();
      if (!types.some((type) => type === failure.type))
        throw new Difference(`Refused with ${failure.type} and not with ${types.join(' or ')}: ${failure.message}`);
      if (expected.message && !expected.message.test(failure.message))
        throw new Difference(`Refused with ${failure.type}, but in other words than documented: ${failure.message}`);
      return { end: 'refused as documented', said: failure.type };
    });
  }

  /** Records that a step was skipped because one that it depends on differed. */
  notRun(chapter: string, step: string, because: string): void {
    this.keep({ chapter, step, end: 'not run', said: because, startedAt: new Date(), seconds: 0 });
  }

  leftOut(chapter: string, step: string, because: string): void {
    this.keep({ chapter, step, end: 'left out', said: because, startedAt: new Date(), seconds: 0 });
  }

  private async timed(
    chapter: string,
    step: string,
    work: () => Promise<{ end: StepEnd; said: string }>,
  ): Promise<void> {
    if (this.options.interrupted()) throw new Interrupted();
    const [began, first] = [Date.now(), this.options.nextLine()];
    this.options.onBegin(`${chapter}: ${step}`);
    const ended = await work().catch((error: unknown): { end: StepEnd; said: string } => {
      if (this.options.interrupted()) throw new Interrupted();
      if (error instanceof LeftOut) return { end: 'left out', said: error.message };
      return { end: 'differs', said: sentence(error) };
    });
    const last = this.options.nextLine() - 1;
    this.keep({
      chapter,
      step,
      ...ended,
      startedAt: new Date(began),
      seconds: (Date.now() - began) / 1000,
      ...(last < first ? {} : { lines: [first, last] as [number, number] }),
    });
  }

  private keep(step: Step): void {
    this.all.push(step);
    this.options.onStep(step);
  }
}

async function refusedBy(work: () => Promise<unknown>): Promise<KalpaFailure> {
  try {
    await work();
  } catch (error) {
    if (error instanceof KalpaFailure) return error;
    throw error;
  }
  throw new Difference('It was not refused: the run ended well.');
}

function sentence(error: unknown): string {
  if (error instanceof KalpaFailure)
    return `${error.type}: ${error.message}${error.run ? ` (run ${error.run.workflowId})` : ''}`;
  return error instanceof Error ? error.message : String(error);
}
