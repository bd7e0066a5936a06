import { readFileSync } from 'node:fs';
import type { Call } from '../../yugabyte';
import type { Step } from '../steps';
import type { Recorded } from './recorder';

/**
 * What other workers recorded since `since` (`KALPA_TRANSCRIPT`), each call with the step that ran then. A last line
 * may be half written.
 */
export function readRecorded(
  files: readonly string[],
  { since, steps }: { since: Date; steps: readonly (Step & { startedAt: Date })[] },
): Recorded[] {
  return files
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').flatMap(callOf))
    .filter(({ at }) => at >= since)
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .map((call) => {
      const step = steps.findLast(({ startedAt }) => startedAt <= call.at);
      return { call, step: step === undefined ? '' : `${step.chapter}: ${step.step}` };
    });
}

function callOf(line: string): Call[] {
  try {
    const call = JSON.parse(line) as Call;
    return [{ ...call, at: new Date(call.at) }];
  } catch {
    return [];
  }
}
