import type { CliIo } from '../core/cli-io';
import { fitText, widthOf } from '../core/fit-text';
import { LiveFrame } from './live-frame';
import { elapsedText } from './progress-frame';

const DRAW_EVERY_MS = 1_000;

/** Steps that have ended, a line each; on a terminal the running step is shown below them, with its time. */
export class StepList {
  private readonly live: LiveFrame | undefined;
  private readonly timer: NodeJS.Timeout | undefined;
  private running: { step: string; startedAt: number } | undefined;

  constructor(private readonly io: CliIo) {
    if (io.stdout.isTTY !== true) return;
    this.live = new LiveFrame(io.stdout);
    this.timer = setInterval(() => {
      this.draw();
    }, DRAW_EVERY_MS).unref();
  }

  begin(step: string): void {
    this.running = { step, startedAt: this.io.now().getTime() };
    this.draw();
  }

  end(line: string): void {
    this.erase();
    this.io.stdout.write(`${fitText(line, widthOf(this.io.stdout), 4)}\n`);
  }

  /** Makes place for what others write; nothing is shown until the next step. */
  erase(): void {
    this.running = undefined;
    this.live?.draw([]);
    this.live?.close();
  }

  close(): void {
    this.erase();
    clearInterval(this.timer);
  }

  private draw(): void {
    if (this.live === undefined || this.running === undefined) return;
    const { step, startedAt } = this.running;
    const line = `… ${step}  ${elapsedText(Math.floor((this.io.now().getTime() - startedAt) / 1000))}`;
    this.live.draw(fitText(line, widthOf(this.io.stdout), 2).split('\n'));
  }
}
