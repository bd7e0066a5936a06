import type { Answer, PreflightWait } from '../../activities/control/preflight/define-preflight';
import type { Settings } from '../../contract/internal';
import type { RunProgress } from './progress';

/** A component that is unavailable for less than this fraction of the time is not mentioned on the page. */
const UNREPORTED_FRACTION = 1 / 10;
/** Fraction of the time reserved for the questions after a node survey. */
const AFTER_SURVEY = 1 / 6;

/**
 * The questions of one preflight, with one deadline for all of them, however many components are unavailable. What
 * looks transient is asked again until then, and the page says what is waited for.
 */
export class PreflightQuestions {
  private spentMs = 0;

  constructor(
    private readonly settings: Settings,
    private readonly progress: Pick<RunProgress, 'during'>,
  ) {}

  /** Milliseconds that are left; fewer for a survey, since other questions follow it. */
  leftMs(survey = false): number {
    return Math.max(0, this.settings.timing.preflightDeadline * (survey ? 1 - AFTER_SURVEY : 1) - this.spentMs);
  }

  /**
   * Counts the time spent on asking, without the time a question waited for a worker: when 200 databases are backed up
   * at the same minute, the last one has as much patience with the cluster as the first.
   */
  spend(ms: number): void {
    this.spentMs += ms;
  }

  /** Asks; `summary` labels the activity on the page. Refusals are thrown. */
  async ask<R>(
    summary: string,
    call: (summary: string, patience: PreflightWait) => Promise<Answer<R>>,
    { survey = false }: { survey?: boolean } = {},
  ): Promise<R> {
    const left = this.leftMs(survey);
    const unreported = Math.min(left, this.settings.timing.preflightDeadline * UNREPORTED_FRACTION);
    const first = await this.spending(
      call(summary, { patienceMs: unreported, leftMs: left, asksAgain: left > unreported }),
    );
    if ('answer' in first) return first.answer;
    const patienceMs = this.leftMs(survey);
    const seconds = Math.round(patienceMs / 1000);
    const second = await this.progress.during(
      `Waiting up to ${seconds} s for unavailable components: ${first.away.join(' ')}`,
      async () =>
        await this.spending(
          call(`${summary} Retrying for up to ${seconds} s.`, {
            patienceMs,
            leftMs: patienceMs,
            asksAgain: false,
          }),
        ),
    );
    if ('answer' in second) return second.answer;
    throw new RangeError(`preflight neither answered nor refused: ${summary}`);
  }

  private async spending<R>(answering: Promise<Answer<R>>): Promise<Answer<R>> {
    const beganAt = Date.now();
    try {
      const answer = await answering;
      this.spend(answer.askedMs);
      return answer;
    } catch (error) {
      this.spend(Date.now() - beganAt); // a refusal does not say how long it took
      throw error;
    }
  }
}
