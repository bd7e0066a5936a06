import type { MultiBar, SingleBar } from 'cli-progress';
import type { PhaseState, Progress } from '../../contract';
import type { CliIo } from '../core/cli-io';
import { modules } from '../core/modules';
import type { Display } from './progress-display';
import { bytesText, secondsText } from '../core/terminal-text';

const SIGN: Record<PhaseState, string> = { complete: '✓', running: '●', waiting: '○', skipped: '–', failed: '✗' };
const TEXT_FORMAT = '{text}';
const NODE_FORMAT = '{node} {bar} {percentage}%  {bytes}  {rate}';

/** A line of phases, a line that says what is going on, and a bar for each node; redrawn in place. */
export function openBars(io: CliIo): Display {
  const { MultiBar: Bars, Presets } = modules.progressBars();
  const bars = new Bars(
    {
      stream: io.stdout as NodeJS.WritableStream,
      hideCursor: true,
      barsize: 24,
      linewrap: false,
      emptyOnZero: true,
      gracefulExit: false,
      format: TEXT_FORMAT,
    },
    Presets.shades_classic,
  );
  const phases = bars.create(1, 0, { text: '' });
  const message = bars.create(1, 0, { text: '' });
  const nodes = new Map<string, SingleBar>();
  return {
    show(progress) {
      phases.update(0, { text: progress.phases.map(({ name, state }) => `${SIGN[state]} ${name}`).join('  ') });
      message.update(0, { text: messageText(progress) });
      for (const node of progress.nodes) {
        const bar = nodes.get(node.node) ?? nodeBar(bars, node.node, nodes);
        bar.setTotal(Math.max(1, node.bytesTotal));
        // Nothing to copy is complete, not empty.
        bar.update(node.bytesTotal === 0 ? 1 : node.bytesDone, {
          node: node.node,
          bytes: `${bytesText(node.bytesDone)} of ${bytesText(node.bytesTotal)}`,
          rate: node.bytesDone < node.bytesTotal ? `${bytesText(node.bytesPerSecond)}/s` : '',
        });
      }
    },
    remark(text) {
      message.update(0, { text });
    },
    close() {
      bars.stop();
    },
  };
}

function nodeBar(bars: MultiBar, node: string, known: Map<string, SingleBar>): SingleBar {
  const bar = bars.create(1, 0, { node, bytes: '', rate: '' }, { format: NODE_FORMAT });
  known.set(node, bar);
  return bar;
}

function messageText({ message, etaSeconds }: Progress): string {
  return `${message}${etaSeconds === undefined ? '' : `  about ${secondsText(etaSeconds)} left`}`;
}
