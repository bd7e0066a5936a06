import { isCancellation } from '@temporalio/workflow';
import type { ComparedClocks } from '../../activities/control/pitr/compare-clocks';
import { formatMicros, languageOf, type RecoverToPointInTimeInput } from '../../contract';
import type { Settings } from '../../contract/internal';
import { failure, reasonOf } from '../run/failure';
import { PreflightQuestions } from '../run/ask-preflight';
import { shortStep } from '../run/policies';
import type { StartedRun } from '../run/run-operation';

const MAX_CLOCK_DIFFERENCE_MS = 10_000;

/**
 * `ago` counts from the start of the run, which is Temporal's time, and the resulting moment is in the cluster's time:
 * if the clocks differ, another moment than intended would be recovered.
 */
export async function checkClocks({
  request: { database, ago },
  settings,
  progress,
}: Pick<StartedRun<RecoverToPointInTimeInput>, 'request' | 'settings' | 'progress'>): Promise<void> {
  if (ago === undefined || !languageOf(database).tellsTime) return;
  progress.enter('preflight');
  const questions = new PreflightQuestions(settings, progress);
  let found = await compareClocks(database, ago, { settings, questions });
  // The activity may have waited for a worker that was unavailable; a worker that has just answered is there.
  if (found.clusterAheadMs > MAX_CLOCK_DIFFERENCE_MS)
    found = await compareClocks(database, ago, { settings, questions });
  if (Math.abs(found.clusterAheadMs) <= MAX_CLOCK_DIFFERENCE_MS) return;
  const { clusterAheadMs, clusterMicros } = found;
  const seconds = Math.round(Math.abs(clusterAheadMs) / 1000);
  throw failure(
    'PreflightFailed',
    `"ago": "${ago}" counts from Temporal's clock, and that of the cluster is ${seconds} s ${clusterAheadMs > 0 ? 'ahead of' : 'behind'} it: another moment than intended would be recovered. Give the moment itself in "to", by the cluster's clock (it is ${formatMicros(clusterMicros)} there), and synchronise the clocks by NTP.`,
    [{ ...found }],
  );
}

async function compareClocks(
  database: string,
  ago: string,
  { settings, questions }: { settings: Settings; questions: PreflightQuestions },
): Promise<ComparedClocks> {
  try {
    return await questions.ask(
      "the cluster's clock",
      async (summary, patience) => await shortStep(settings, summary).compareClocks({ database, ...patience }),
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw failure(
      'PreflightFailed',
      `"ago": "${ago}" counts from Temporal's clock, and the cluster's clock could not be read to compare them: ${reasonOf(error)} Nothing was changed. Run it again when YSQL answers.`,
    );
  }
}
