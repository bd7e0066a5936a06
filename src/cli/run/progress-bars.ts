import type { Progress } from '../../contract';
import type { CliIo } from '../core/cli-io';
import { LiveFrame } from './live-frame';
import type { Display } from './progress-display';
import { frame } from './progress-frame';

/** The spinner and the elapsed time move between two queries of the run. */
const DRAW_EVERY_MS = 200;

/** Phases, the current activity and its duration, the totals, and a bar for each node; redrawn in place. */
export function openBars(io: CliIo): Display {
  const live = new LiveFrame(io.stdout);
  let last: Progress | undefined;
  let remarked: string | undefined;
  const draw = (): void => {
    const { columns = 80, rows } = io.stdout;
    if (last) live.draw(frame(last, { columns, rows, now: io.now(), remark: remarked }));
    else if (remarked !== undefined) live.draw(frame(NOTHING, { columns, rows, now: io.now(), remark: remarked }));
  };
  const timer = setInterval(draw, DRAW_EVERY_MS).unref();
  return {
    show(progress) {
      last = progress;
      remarked = undefined;
      draw();
    },
    remark(text) {
      remarked = text;
      draw();
    },
    close() {
      clearInterval(timer);
      live.close();
    },
  };
}

/** Before the first response of the run. */
const NOTHING: Progress = { operation: '', phase: '', phases: [], nodes: [], message: '' };
