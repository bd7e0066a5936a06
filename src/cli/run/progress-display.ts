import type { Progress } from '../../contract';
import type { CliIo } from '../core/cli-io';
import { openBars } from './progress-bars';
import { openLines } from './progress-lines';

/** Shows the progress of a run. */
export interface Display {
  show(progress: Progress): void;
  /** A remark about the watching itself; repeated only after something else was shown. */
  remark(text: string): void;
  close(): void;
}

/** Bars on a terminal, plain lines elsewhere. */
export function openDisplay(io: CliIo): Display {
  return io.stdout.isTTY ? openBars(io) : openLines(io);
}
