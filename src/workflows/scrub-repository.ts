import {
  checkedDurationMs,
  DEFAULT_SCRUB_EVERY,
  DEFAULT_SCRUB_WITHIN,
  scrubRepositoryInput,
  VERIFY_PHASES,
  type ScrubRepositoryInput,
  type ScrubRepositoryResult,
} from '../contract';
import { given } from '../objects/given';
import { bytesText, countText } from '../objects/texts';
import { recorded } from './run/recorded';
import { longStep } from './run/policies';
import { ownChain, ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { readBatches } from './verification/read-batches';

/**
 * Reads a share of everything stored, what was read longest ago first, so that every byte is read again within a month;
 * meant for a schedule. What is bad marks every backup that needs it.
 */
export async function scrubRepository(input: ScrubRepositoryInput): Promise<ScrubRepositoryResult> {
  return await runOperation(
    {
      name: 'scrubRepository',
      input: scrubRepositoryInput,
      phases: VERIFY_PHASES,
      subject: ({ database }) => `Scrub of ${database ?? 'every backup and dump'} in ${ownCluster()}`,
      complete: completeText,
    },
    input,
    async (begun) =>
      await recorded({ begun, databaseOf: () => begun.request.database }, async () => await scrub(begun)),
  );
}

async function scrub(begun: StartedRun<ScrubRepositoryInput>): Promise<ScrubRepositoryResult> {
  const chain = ownChain();
  const { request, settings, progress } = begun;
  const { database, within = DEFAULT_SCRUB_WITHIN, every = DEFAULT_SCRUB_EVERY } = request;
  progress.enter('plan');
  const plan = await longStep(settings, 'what was read longest ago').planScrub({
    ...{ chain, withinMs: checkedDurationMs(within), everyMs: checkedDurationMs(every) },
    ...given({ database }),
  });
  const { plannedAt, batches, read } = plan;
  progress.enter('read');
  const bad = await readBatches(begun, { chain, plannedAt, batches, bytes: read.bytes, limits: request });
  progress.enter('record');
  const { problems, affected } =
    bad.length === 0
      ? { problems: [], affected: [] }
      : await longStep(settings, 'which backups need what is bad').recordScrub({ chain, plannedAt, batches, bad });
  return {
    ...{ backups: plan.backups, bytes: plan.bytes, readBytes: read.bytes, lateBytes: plan.lateBytes, problems },
    ...given({
      affected: affected.length === 0 ? undefined : affected,
      warnings: plan.warnings.length === 0 ? undefined : plan.warnings,
    }),
  };
}

function completeText({ backups, bytes, readBytes, problems }: ScrubRepositoryResult): string {
  const [first] = problems;
  const read = `${bytesText(readBytes)} of ${bytesText(bytes)} read, of ${countText(backups)} backups and dumps`;
  return first === undefined ? `${read}: everything is as it was written.` : `${read}. DAMAGED: ${first}`;
}
