import type { Progress } from '../../contract';
import { cleanedText } from '../run/ended-line';
import { markdownText } from '../run/render-details';
import type { GuardianInput, GuardianResult } from './guardian-messages';

/** The answer to the query `progress` from a guardian that has ended. */
export function endedProgress(result: GuardianResult): Progress {
  return {
    operation: 'guardian',
    phase: 'undo',
    phases: [
      { name: 'watch', state: 'complete' },
      { name: 'undo', state: result.leftovers.length > 0 ? 'failed' : 'complete' },
    ],
    nodes: [],
    message: endedText(result),
  };
}

/** Its page: the database is no longer held, and what was undone. */
export function endedPage({ subject, operation, owner }: GuardianInput, result: GuardianResult): string {
  const page = `/namespaces/{namespace}/workflows/${encodeURIComponent(owner.workflowId)}`;
  return `**${markdownText(subject)} was held by ${markdownText(operation)}**\n\nOwner: [${markdownText(owner.workflowId)}](${page})\n\n${markdownText(endedText(result))}`;
}

function endedText(result: GuardianResult): string {
  return `The lock is free. ${cleanedText(result) || 'Nothing had to be undone.'}`;
}
