import { KALPA_VERSION } from '../config';
import type { Step, StepEnd } from './steps';

/** The result of one run of the command. */
export interface Report {
  format: 1;
  kalpa: string;
  cluster: string;
  startedAt: string;
  seconds: number;
  /** The first lines of what the tools and the masters say about themselves. */
  releases: Record<string, string>;
  /** The row of the release table that was used. */
  row: string;
  /** The short form: fewer subjects and kinds of objects. */
  short: boolean;
  interrupted: boolean;
  steps: Step[];
  /** What this release does not support, in its server's words. */
  leftOutOfTheSchema: { what: string; because: string }[];
  findings: Findings;
  recorded: { calls: number; dropped: number; note?: string };
  cleanedUp: { dropped: string[]; stays: string[]; inTheBucket: string[] };
  /** What was found from an earlier run. */
  ofEarlierRuns: string[];
}

/** What the transcript shows in addition to the steps. */
export interface Findings {
  /** Outputs that Kalpa could not parse. */
  unknownOutputs: Finding[];
  /** JSON fields that Kalpa does not read. */
  unreadFields: Finding[];
  /** Operations and flags that a tool rejected. */
  refusedArguments: Finding[];
  /** Capabilities that differ from the release table. */
  contradictions: Finding[];
}

export interface Finding {
  what: string;
  /** A line of the transcript; the first if there are several. */
  line: number;
}

export const emptyFindings = (): Findings => ({
  unknownOutputs: [],
  unreadFields: [],
  refusedArguments: [],
  contradictions: [],
});

/**
 * Steps that differ or could not be run, and what the transcript contradicts. Unread fields are of interest to Kalpa's
 * developers only; the cluster is not at fault.
 */
export function differs({ steps, findings, cleanedUp, interrupted }: Report): boolean {
  return (
    interrupted ||
    steps.some(({ end }) => end === 'differs' || end === 'not run') ||
    findings.unknownOutputs.length > 0 ||
    findings.contradictions.length > 0 ||
    cleanedUp.stays.length > 0
  );
}

/** An interrupted run says nothing about steps that were not run, but it does report earlier differences. */
function verdict(report: Report): 'conforms' | 'differs' | 'interrupted' {
  if (differs({ ...report, interrupted: false })) return 'differs';
  return report.interrupted ? 'interrupted' : 'conforms';
}

const HEADING: Readonly<Record<ReturnType<typeof verdict>, string>> = {
  conforms: 'it conforms',
  differs: 'it differs',
  interrupted: 'interrupted, nothing differs so far',
};

export const madeBy = KALPA_VERSION;

const SYMBOLS: Readonly<Record<StepEnd, string>> = {
  ok: '✓',
  'refused as documented': '✓',
  differs: '✗',
  'not run': '✗',
  'left out': '○',
};

/** One row of the table, printed while the command runs. */
export function stepLine({ chapter, step, end, said, seconds, lines }: Step): string {
  const where = lines === undefined ? '' : `  [${lines[0]}${lines[1] === lines[0] ? '' : `–${lines[1]}`}]`;
  return `${SYMBOLS[end]} ${chapter.padEnd(9)} ${step}: ${end}${said === '' ? '' : ` (${said})`}  ${seconds.toFixed(1)} s${where}`;
}

/** How many steps ended in each way, and the overall result. */
export function summaryLine(report: Report): string {
  const count = (...ends: StepEnd[]): number => report.steps.filter(({ end }) => ends.includes(end)).length;
  const { findings } = report;
  return [
    verdict(report),
    `${count('ok')} ok`,
    `${count('refused as documented')} refused as documented`,
    `${count('differs')} differ`,
    `${count('not run')} not run`,
    `${count('left out')} left out`,
    `${findings.unknownOutputs.length} unknown outputs`,
    `${findings.contradictions.length} contradictions of the release table`,
    `${findings.unreadFields.length} fields that nobody reads`,
  ].join('  ');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');

/** `report.md`. */
export function reportMarkdown(report: Report): string {
  const { steps, releases, findings, cleanedUp, leftOutOfTheSchema, recorded } = report;
  const list = (title: string, rows: readonly string[], none: string): string[] => [
    `## ${title}`,
    '',
    ...(rows.length === 0 ? [none] : rows.map((row) => `- ${row}`)),
    '',
  ];
  const found = (rows: readonly Finding[]): string[] => rows.map(({ what, line }) => `${what} (line ${line})`);
  return [
    `# Conformance of the cluster ${report.cluster}: ${HEADING[verdict(report)]}`,
    '',
    `Started ${report.startedAt}, ${report.seconds.toFixed(0)} s, Kalpa ${report.kalpa}, row ${report.row} of the release table${report.short ? ', the short form' : ''}.${report.interrupted ? ' **Interrupted: not every step was run.**' : ''}`,
    '',
    ...Object.entries(releases).map(([tool, said]) => `- ${tool}: \`${said}\``),
    `- transcript: ${recorded.calls} calls${recorded.dropped > 0 ? `, ${recorded.dropped} more were not kept` : ''}.${recorded.note === undefined ? '' : ` ${recorded.note}`}`,
    '',
    summaryLine(report),
    '',
    '| chapter | step | end | seen | lines |',
    '| --- | --- | --- | --- | --- |',
    ...steps.map(
      ({ chapter, step, end, said, lines }) =>
        `| ${chapter} | ${cell(step)} | ${end === 'differs' || end === 'not run' ? `**${end}**` : end} | ${cell(said)} | ${lines === undefined ? '' : lines.join('–')} |`,
    ),
    '',
    ...list('Outputs that Kalpa does not know', found(findings.unknownOutputs), 'None.'),
    ...list('Capabilities that contradict the release table', found(findings.contradictions), 'None.'),
    ...list('Operations and flags that were refused', found(findings.refusedArguments), 'None.'),
    ...list('Fields that nobody reads', found(findings.unreadFields), 'None.'),
    ...list(
      'Left out of the wide schema',
      leftOutOfTheSchema.map(({ what, because }) => `${what}: ${cell(because)}`),
      'Nothing: this release takes all of it.',
    ),
    ...list(
      'Clean-up',
      [
        ...report.ofEarlierRuns.map((one) => `of an earlier run: ${one}`),
        ...cleanedUp.dropped.map((one) => `dropped ${one}`),
        ...cleanedUp.stays.map((one) => `**stays**: ${one}`),
        ...cleanedUp.inTheBucket.map((one) => `stays in the bucket, for whoever may delete there: ${one}`),
      ],
      'Nothing was made.',
    ),
  ].join('\n');
}
