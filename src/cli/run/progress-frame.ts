import type { NodeProgress, PhaseProgress, PhaseState, Progress } from '../../contract';
import { onOneLine, textsInOneLine } from '../core/sanitized-output';
import { secondsText } from '../core/terminal-text';
import { bytesText } from '../../objects/texts';

const SYMBOLS: Record<PhaseState, string> = { complete: '✓', running: '●', waiting: '○', skipped: '–', failed: '✗' };
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const SPIN_EVERY_MS = 120;
const MAX_BAR_WIDTH = 24;
const MIN_BAR_WIDTH = 6;
/** Lines for nodes if the terminal does not report its height. */
const MAX_NODES = 20;
/** Besides the nodes: phases, message and totals on several lines, and the cursor's line. */
const OTHER_LINES = 10;

export interface FrameOf {
  columns: number;
  /** Height of the terminal, in lines. */
  rows?: number | undefined;
  now: Date;
  /** Shown instead of the run's own message. */
  remark?: string | undefined;
}

/** The progress of a run as lines that fit the terminal, whatever its width. Names, totals and phases are never cut. */
export function frame(reported: Progress, { columns, rows, now, remark }: FrameOf): string[] {
  const progress = textsInOneLine(reported);
  const width = Math.max(columns, 20);
  const nodes = [...progress.nodes].sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
  const shown = nodes.slice(0, Math.max(3, rows === undefined ? MAX_NODES : rows - OTHER_LINES));
  const running = progress.phases.find(({ state }) => state === 'running');
  return [
    ...wrap(
      progress.phases.map(({ name, state }) => `${SYMBOLS[state]} ${name}`),
      width,
      '  ',
    ),
    ...wrap(
      [...workText(running, now), ...(remark === undefined ? progress.message : onOneLine(remark)).split(' ')].filter(
        (word) => word !== '',
      ),
      width,
      ' ',
    ),
    ...(nodes.length === 0 ? [] : wrap(totalsText(progress), width, '  ')),
    ...shown.flatMap((node) => nodeLines(node, shown, width)),
    ...(nodes.length > shown.length ? [`and ${nodes.length - shown.length} more nodes`] : []),
  ];
}

/** A spinner, and how long the phase has been running: it moves even if nothing else does. */
function workText(running: PhaseProgress | undefined, now: Date): string[] {
  if (!running) return [];
  const sign = SPINNER[Math.floor(now.getTime() / SPIN_EVERY_MS) % SPINNER.length] ?? '';
  if (running.startedAt === undefined) return [sign];
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(running.startedAt)) / 1000));
  return [sign, elapsedText(seconds), ''];
}

/** To the second, since it is shown live: `48 s`, `3:07`, `1:02:09`. */
export function elapsedText(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds} s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes)}:${two(seconds % 60)}`;
}

function totalsText({ nodes, etaSeconds }: Progress): string[] {
  const sum = (of: (node: NodeProgress) => number): number => nodes.reduce((total, node) => total + of(node), 0);
  const [done, total, rate] = [
    sum((node) => node.bytesDone),
    sum((node) => node.bytesTotal),
    sum((node) => node.bytesPerSecond),
  ];
  return [
    `${bytesText(done)} of ${bytesText(total)}`,
    percentText(done, total),
    ...(done < total && rate > 0 ? [`${bytesText(rate)}/s`] : []),
    ...(etaSeconds === undefined ? [] : [`about ${secondsText(etaSeconds)} left`]),
  ];
}

/** One line; if it does not fit, first the bar is omitted, then the figures go below the name. */
function nodeLines(node: NodeProgress, all: readonly NodeProgress[], width: number): string[] {
  const name = node.node.padEnd(Math.max(...all.map((one) => one.node.length)));
  const figures = figuresOf(node);
  const figuresWidth = Math.max(...all.map((one) => figuresOf(one).length));
  const bar = Math.min(MAX_BAR_WIDTH, width - name.length - figuresWidth - 4);
  if (bar >= MIN_BAR_WIDTH) return [`${name}  ${barText(node, bar)}  ${figures}`];
  if (name.length + 2 + figures.length <= width) return [`${name}  ${figures}`];
  return [node.node, `  ${figures}`].flatMap((line) => wrap([line], width, ''));
}

function figuresOf({ bytesDone, bytesTotal, bytesPerSecond }: NodeProgress): string {
  const rate = bytesDone < bytesTotal && bytesPerSecond > 0 ? `  ${bytesText(bytesPerSecond)}/s` : '';
  return `${percentText(bytesDone, bytesTotal).padStart(4)}  ${bytesText(bytesDone)} of ${bytesText(bytesTotal)}${rate}`;
}

const shareOf = (done: number, total: number): number => (total === 0 ? 1 : Math.min(1, done / total)); // nothing to copy is complete

/** Rounded down: 100 % means that nothing is left. */
const percentText = (done: number, total: number): string => `${Math.floor(shareOf(done, total) * 100)}%`;

function barText({ bytesDone, bytesTotal }: NodeProgress, size: number): string {
  const full = Math.floor(shareOf(bytesDone, bytesTotal) * size);
  return '█'.repeat(full) + '░'.repeat(size - full);
}

/** Words on lines of at most `width`; a word that is longer than a line is broken. */
function wrap(words: readonly string[], width: number, gap: string): string[] {
  const lines: string[] = [];
  for (const word of words.flatMap((one) => pieces(one, width))) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + gap.length + word.length <= width)
      lines[lines.length - 1] = last + gap + word;
    else lines.push(word);
  }
  return lines;
}

function pieces(word: string, width: number): string[] {
  const found: string[] = [];
  for (let at = 0; at === 0 || at < word.length; at += width) found.push(word.slice(at, at + width));
  return found;
}
