import type { Finding } from '../../../contract';
import type { GateReport } from '../../../yugabyte';
import type { ContentReport } from './gate-content';
import { firstOf } from '../../../objects/texts';

/** What a finding is built from, for SQL and CQL alike. */
type Refused = Pick<GateReport, 'sha256' | 'refused' | 'refusals' | 'neverRun'> & { unfinished?: string };

/** Refused statements shown in a message. */
const SHOWN = 5;

/** Why a text is not run, or undefined if it may be. `subject` is "The schema of <id>". */
export function contentFinding(subject: string, report: Refused): Finding | undefined {
  if (report.unfinished !== undefined)
    return {
      type: 'ManifestInvalid',
      message: `${subject} ends in the middle of a statement and was not run. ${report.unfinished} Use another one.`,
    };
  const { refused, refusals, neverRun, sha256 } = report;
  if (refused === 0) return undefined;
  const cure = neverRun === 0 ? howToAccept(report) : 'Find out who wrote it, and use another one.';
  return {
    type: 'ContentRefused',
    message: `${subject} ${subject.startsWith('The definitions') ? 'have' : 'has'} statements that no dump of YugabyteDB has, so nothing of it was run (${refused} refused): ${refusedLines(report)}. ${cure}`,
    refused,
    refusals,
    sha256,
  };
}

/** Each refusal is accepted under its own name; those not shown appear once these are accepted. */
function howToAccept({ sha256, refusals }: Refused): string {
  const names = refusals.slice(0, SHOWN).map(({ at }) => `"${sha256}:${at}"`);
  return `If you know what ${names.length === 1 ? 'that' : 'each of them'} is and it should run as the configured user, start this again with "accept": [${names.join(', ')}].`;
}

function refusedLines({ refused, refusals }: Refused): string {
  const lines = refusals
    .slice(0, SHOWN)
    .map(({ line, statement, because }) => `line ${line}, ${because}: ${statement}`);
  return `${lines.join('; ')}${refused > lines.length ? `; and ${refused - lines.length} more` : ''}`;
}

/** The same as warnings when a backup or dump is made, while the source can still be changed. */
export function madeContentWarnings(
  subject: string,
  report: Refused & Pick<ContentReport, 'named' | 'leftOut'>,
): string[] {
  // The source already has its extensions.
  const warnings = contentWarnings(subject, { ...report, members: [] });
  if (report.unfinished !== undefined)
    return [`${subject} ends in the middle of a statement and can't be loaded: ${report.unfinished}`, ...warnings];
  if (report.refused === 0) return warnings;
  const unless = report.neverRun === 0 ? ', unless its caller accepts it' : '';
  return [`A restore or load ends with ContentRefused${unless}: ${subject} has ${refusedLines(report)}.`, ...warnings];
}

/** What the reader of a result must know about a text that is run or kept. */
export function contentWarnings(
  subject: string,
  { named, members, leftOut }: Pick<ContentReport, 'named' | 'members' | 'leftOut'>,
): string[] {
  return [
    ...(members.length > 0
      ? [
          `${subject} enters the functions of these extensions in the form that it gives them: ${some(members)}. You trust whoever wrote it with that.`,
        ]
      : []),
    ...(named.length > 0
      ? [
          `${subject} defines code that runs with the rights of the server or beyond the database: ${some(named)}. You trust whoever wrote it with that.`,
        ]
      : []),
    ...(leftOut.length > 0 ? [`${subject} has statements that are never run: ${some(leftOut)}.`] : []),
  ];
}

const some = (names: readonly string[]): string => firstOf(names, SHOWN);
