import type { Answer, Patience } from '../../activities/control/preflight/define-preflight';
import type { Settings } from '../../contract';
import type { RunProgress } from './progress';

/** What is away for so much of the time is shown on the page; what is back before was never worth a line. */
const UNTOLD = 1 / 10;
/** Of the time, for the questions that come after a survey of the nodes. */
const AFTER_SURVEY = 1 / 6;

/**
 * The questions of one preflight, with one deadline for all of them together, however many parts are away. What looks
 * transient is asked again until then, and the page says what is waited for.
 */
export class PreflightQuestions {
  private spentMs = 0;

  constructor(
    private readonly settings: Settings,
    private readonly progress: Pick<RunProgress, 'during'>,
  ) {}

  /** Milliseconds that are left; of a survey, which others follow, less. */
  leftMs(survey = false): number {
    return Math.max(0, this.settings.timing.preflightDeadline * (survey ? 1 - AFTER_SURVEY : 1) - this.spentMs);
  }

  /**
   * Counts what was spent on asking. What a question has waited for its turn on a worker is not counted: when 200
   * databases are backed up at the same minute, the last one has as much patience with the cluster as the first.
   */
  spend(ms: number): void {
    this.spentMs += ms;
  }

  /** Asks, with what the activity's line on the page says. Refusals are thrown. */
  async ask<R>(
    summary: string,
    call: (summary: string, patience: Patience) => Promise<Answer<R>>,
    { survey = false }: { survey?: boolean } = {},
  ): Promise<R> {
    const left = this.leftMs(survey);
    const untold = Math.min(left, this.settings.timing.preflightDeadline * UNTOLD);
    const first = await this.spending(call(summary, { patienceMs: untold, leftMs: left, asksAgain: left > untold }));
    if ('answer' in first) return first.answer;
    const patienceMs = this.leftMs(survey);
    const seconds = Math.round(patienceMs / 1000);
    const second = await this.progress.during(
      `Waiting up to ${seconds} s for what is away: ${first.away.join(' ')}`,
      async () =>
        await this.spending(
          call(`${summary} Asked again for up to ${seconds} s.`, {
            patienceMs,
            leftMs: patienceMs,
            asksAgain: false,
          }),
        ),
    );
    if ('answer' in second) return second.answer;
    throw new RangeError(`preflight was to answer or to refuse: ${summary}`);
  }

  private async spending<R>(asking: Promise<Answer<R>>): Promise<Answer<R>> {
    const beganAt = Date.now();
    try {
      const answer = await asking;
      this.spend(answer.askedMs);
      return answer;
    } catch (error) {
      this.spend(Date.now() - beganAt); // a refusal does not say what it took
      throw error;
    }
  }
}
