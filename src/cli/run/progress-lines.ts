import type { PhaseProgress, Progress } from '../../contract';
import type { CliIo } from '../core/cli-io';
import type { Display } from './progress-display';
import { indentContinuation, textsInOneLine } from '../core/sanitized-output';
import { secondsText } from '../core/terminal-text';
import { bytesText } from '../../objects/texts';

/** Between two lines about the same phase. */
const REPEAT_AFTER_MS = 15_000;

const seconds = ({ startedAt, endedAt }: PhaseProgress): string =>
  startedAt && endedAt ? `  ${secondsText(Math.max(0, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000))}` : '';

/** One line for each phase that begins or ends, and one from time to time while files are copied. */
export function openLines(io: CliIo): Display {
  const printed = new Map<string, string>();
  let saidFilesAt = 0;
  let remarked = '';
  const write = (line: string): void => {
    io.stdout.write(`${line}\n`);
  };
  return {
    show(progress) {
      remarked = '';
      for (const phase of textsInOneLine(progress.phases)) {
        if (printed.get(phase.name) === phase.state || phase.state === 'waiting' || phase.state === 'skipped') continue;
        printed.set(phase.name, phase.state);
        write(`${phase.state.padEnd(8)}  ${phase.name}${seconds(phase)}`);
      }
      const now = io.now().getTime();
      if (progress.phase === 'files' && progress.nodes.length > 0 && now - saidFilesAt >= REPEAT_AFTER_MS) {
        if (saidFilesAt > 0) write(totalsLine(progress));
        saidFilesAt = now;
      }
    },
    remark(text) {
      if (text === remarked) return;
      remarked = text;
      io.stderr.write(`${indentContinuation(text)}\n`);
    },
    close: () => undefined,
  };
}

function totalsLine({ nodes, etaSeconds }: Progress): string {
  const sum = (of: (node: Progress['nodes'][number]) => number): number =>
    nodes.reduce((total, node) => total + of(node), 0);
  const left = etaSeconds === undefined ? '' : `, about ${secondsText(etaSeconds)} left`;
  return `running   files  ${bytesText(sum((node) => node.bytesDone))} of ${bytesText(sum((node) => node.bytesTotal))}, ${bytesText(sum((node) => node.bytesPerSecond))}/s${left}`;
}
