import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { RunLimits } from '../../activities/internal-types';
import type { Settings } from '../../contract/internal';
import type { LiveLimits } from './live-limits';
import { bestEffort } from '../run/policies';
import type { RunProgress } from '../run/progress';

interface Copy {
  node: string;
  workflowId: string;
}

/**
 * The copies of all nodes, as seen by their parent: reads their counters for its page, and passes changed limits on to
 * them. Each is one step of the parent's history, however many nodes there are.
 */
export class CopyMonitor {
  private readonly copies: Copy[] = [];
  private readonly looking = new CancellationScope();
  private readonly ends: Promise<unknown>[] = [];
  /** Version of the limits that every copy has. */
  private passed: number;
  /** A copy was started with an older version. */
  private missed = false;
  private passing = false;
  private stop: () => void = () => undefined;

  constructor(private readonly run: { settings: Settings; progress: RunProgress; limits: LiveLimits }) {
    this.passed = run.limits.current.version;
  }

  /** Starts to look at the copies, and to listen for changed limits. */
  open(): void {
    this.stop = this.run.limits.onChange(() => void this.passOn());
    this.ends.push(this.looking.run(() => this.look()).catch(ignoreCancel));
  }

  /** Adds a copy, started with limits of this version: they may have changed while it was being started. */
  add(copy: Copy, version: number): void {
    this.copies.push(copy);
    if (this.run.limits.current.version === version) return;
    this.missed = true;
    void this.passOn();
  }

  /** The copies are being stopped: reads what they have done so far before that is lost. */
  lookOnceMore(): void {
    if (this.run.progress.reads.last()) this.ends.push(CancellationScope.nonCancellable(() => this.read()));
  }

  async close(): Promise<void> {
    this.stop();
    this.looking.cancel();
    await Promise.all(this.ends);
  }

  private async look(): Promise<void> {
    const { progress, settings } = this.run;
    const next = () => progress.reads.next(settings.timing.progressInterval);
    for (let pauseMs = next(); pauseMs !== undefined; pauseMs = next()) {
      await sleep(pauseMs, { summary: 'until the copies are checked next' });
      await this.read();
    }
  }

  private async read(): Promise<void> {
    const { progress, settings } = this.run;
    try {
      progress.nodesAt(await bestEffort(settings, 'how far the copies are').readCopies({ copies: this.copies }));
    } catch (error) {
      if (isCancellation(error)) throw error; // a failed look is not reported; a copy itself says what is wrong
    }
  }

  /**
   * Sends the newest limits, one message at a time. A copy that can't be reached gets them with its node's next batch.
   */
  private async passOn(): Promise<void> {
    if (this.passing) return;
    this.passing = true;
    while (this.missed || this.passed < this.run.limits.current.version) {
      const limits: RunLimits = this.run.limits.current;
      this.missed = false;
      try {
        const workflowIds = this.copies.map(({ workflowId }) => workflowId);
        await bestEffort(this.run.settings, 'new limits for the copies').passLimits({ workflowIds, limits });
      } catch (error) {
        if (isCancellation(error)) return;
      }
      this.passed = limits.version;
    }
    this.passing = false;
  }
}

function ignoreCancel(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
