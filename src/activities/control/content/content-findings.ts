import type { Finding } from '../../../contract';
import type { ContentReport } from './gate-content';

/** Of refused statements, in a message. */
const SHOWN = 5;

/**
 * Why a text is not run, or undefined. `what` is "The schema of <id>"; `sha256` is what a caller repeats to have its refused statements run all the
 * same.
 */
export function contentFinding(
  what: string,
  report: ContentReport,
  { sha256, accept = [] }: { sha256: string; accept?: readonly string[] | undefined },
): Finding | undefined {
  if (report.unfinished !== undefined)
    return {
      type: 'ManifestInvalid',
      message: `${what} breaks off and was not run. ${report.unfinished} Use another one.`,
    };
  const { refused, refusals, neverRun } = report;
  if (refused === 0 || (neverRun === 0 && accept.includes(sha256))) return undefined;
  const cure =
    neverRun === 0
      ? `If you know what that is and want it run as the configured user, repeat this with "accept": ["${sha256}"].`
      : 'Find out who wrote it, and use another one.';
  return {
    type: 'ContentRefused',
    message: `${what} asks for what no dump of YugabyteDB asks for, and nothing of it was run (${refused} refused): ${refusedLines(report)}. ${cure}`,
    refused,
    refusals,
    sha256,
  };
}

function refusedLines({ refused, refusals }: ContentReport): string {
  const lines = refusals
    .slice(0, SHOWN)
    .map(({ line, statement, because }) => `line ${line}, ${because}: ${statement}`);
  return `${lines.join('; ')}${refused > lines.length ? `; and ${refused - lines.length} more` : ''}`;
}

/** The same, told when a backup or dump is made, while the source can still be changed. */
export function madeContentWarnings(what: string, report: ContentReport): string[] {
  const warnings = contentWarnings(what, report);
  if (report.unfinished !== undefined)
    return [`${what} breaks off and can't be loaded: ${report.unfinished}`, ...warnings];
  if (report.refused === 0) return warnings;
  const unless = report.neverRun === 0 ? ', unless its caller accepts it' : '';
  return [`A restore or load ends with ContentRefused${unless}: ${what} has ${refusedLines(report)}.`, ...warnings];
}

/** What a reader of a result must know of a text that is run or kept. */
export function contentWarnings(what: string, { named, leftOut }: ContentReport): string[] {
  return [
    ...(named.length > 0
      ? [
          `${what} defines code that runs with the rights of the server or beyond the database: ${some(named)}. Whoever wrote it is trusted with them.`,
        ]
      : []),
    ...(leftOut.length > 0 ? [`${what} holds what is never run: ${some(leftOut)}.`] : []),
  ];
}

function some(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${more}`;
}
