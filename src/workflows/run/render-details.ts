import { cutText, escapeControls } from '../../redaction';
import type { NodeProgress, PhaseProgress, Progress } from '../../contract';
import { bytesText } from '../../objects/texts';

const MARKS = { waiting: '○', running: '●', complete: '✓', skipped: '–', failed: '✗' } as const;
const BAR = 12;
const LISTED = 10;
const MAX_WARNING_LENGTH = 1_000;

function secondsText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 120) return `${Math.round(seconds)}s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)}m` : `${(seconds / 3600).toFixed(1)}h`;
}

function phaseLine(phase: PhaseProgress): string {
  const took =
    phase.startedAt !== undefined && phase.endedAt !== undefined
      ? secondsText((Date.parse(phase.endedAt) - Date.parse(phase.startedAt)) / 1000)
      : phase.state;
  const at = phase.startedAt === undefined ? '' : `${phase.startedAt.slice(11, 19)}Z`;
  return `${MARKS[phase.state]} ${phase.name.padEnd(12)}${at.padEnd(11)}${took}`;
}

function nodeLine(node: NodeProgress): string {
  const share = node.bytesTotal === 0 ? 1 : node.bytesDone / node.bytesTotal;
  const full = Math.round(share * BAR);
  // joined with newlines: otherwise the blocks of several nodes merge into one
  const bar = '━'.repeat(full) + '─'.repeat(BAR - full);
  return `${node.node.padEnd(22).slice(0, 22)} ${bar} ${String(Math.round(share * 100)).padStart(3)}% ${bytesText(node.bytesTotal).padStart(8)} ${bytesText(node.bytesPerSecond)}/s`;
}

/**
 * A text as the page shows it, not parsed as Markdown; code in single backticks stays code. With runs of several
 * backticks, their number decides what is code.
 */
export function markdownText(text: string): string {
  return escapeControls(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .split(/((?<!`)`[^`]+`(?!`))/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/[\\*_<[\]~|`]/g, (sign) => `\\${sign}`)))
    .join('')
    .replace(/^\s*(?:[#>+=-]|\d+(?=[.)]))/, (start) =>
      /\d$/.test(start) ? `${start}\\` : start.replace(/.$/, '\\$&'),
    );
}

/** Inside a link's address, where a parenthesis would end it. */
const inLink = (text: string): string =>
  encodeURIComponent(text).replace(/[()]/g, (sign) => (sign === '(' ? '%28' : '%29'));

/** With a link to the page of the run that it names. */
function linked(text: string, named: { workflowId: string; runId: string } | undefined): string {
  if (!named) return text;
  const id = markdownText(named.workflowId);
  const page = `/namespaces/{namespace}/workflows/${inLink(named.workflowId)}/${inLink(named.runId)}`;
  return text.replace(id, () => `[${id}](${page})`);
}

/** The warnings after the first one, which the last line has. */
function warningLines(warnings: readonly string[]): string[] {
  if (warnings.length === 0) return [];
  const more = warnings.length - LISTED;
  return [
    '',
    ...warnings.slice(0, LISTED).map((warning) => `- ${markdownText(cutText(warning, MAX_WARNING_LENGTH))}`),
    ...(more > 0 ? [`- and ${more} more in the result`] : []),
  ];
}

/**
 * The run's own page in the Temporal UI: a bold headline, then one code block of at most 64 columns (tables there have
 * no cell padding, a code block keeps its alignment), then what the run is doing or how it ended. `named`: the run that
 * this names; `warnings`: further warnings of the result.
 */
export function renderDetails(
  subject: string,
  progress: Progress,
  named?: { workflowId: string; runId: string },
  warnings: readonly string[] = [],
): string {
  const done = progress.nodes.reduce((sum, node) => sum + node.bytesDone, 0);
  const total = progress.nodes.reduce((sum, node) => sum + node.bytesTotal, 0);
  const share =
    total === 0 ? '' : ` · ${bytesText(done)} of ${bytesText(total)} (${Math.floor((done / total) * 100)}%)`;
  const eta = progress.etaSeconds === undefined ? '' : ` · ${secondsText(progress.etaSeconds)} left`;
  const lines = [
    ...progress.phases.map(phaseLine),
    ...(progress.nodes.length > 0 ? ['', ...progress.nodes.map(nodeLine)] : []),
  ];
  return [
    `**${markdownText(subject)}${share}${eta}**`,
    '',
    '```text',
    ...lines,
    '```',
    ...(progress.message === '' ? [] : ['', linked(markdownText(progress.message), named)]),
    ...warningLines(warnings),
  ].join('\n');
}
