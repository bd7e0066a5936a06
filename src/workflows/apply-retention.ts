import {
  applyRetentionInput,
  RETENTION_PHASES,
  type ApplyRetentionInput,
  type ApplyRetentionResult,
} from '../contract';
import { given } from '../objects/given';
import { bytesText } from '../objects/texts';
import { longStep, onJanitor } from './run/policies';
import { ownChain, ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { explainJanitorTimeout } from './retention/explain-janitor-timeout';
import { recorded } from './run/recorded';

/** Deletes what no rule keeps, and removes from the bucket what was deleted long enough ago. */
export async function applyRetention(input: ApplyRetentionInput): Promise<ApplyRetentionResult> {
  return await runOperation(
    {
      name: 'applyRetention',
      input: applyRetentionInput,
      phases: RETENTION_PHASES,
      subject: ({ database, dryRun }) =>
        `${dryRun ? 'What retention would do' : 'Retention'} of ${database ?? 'every database'} in ${ownCluster()}`,
      complete: ({ kept, deleted, freedBytes, swept }) =>
        `${kept} kept, ${deleted} ${swept === undefined ? 'would be deleted' : 'deleted'} (at least ${bytesText(freedBytes)}).`,
    },
    input,
    async (begun) =>
      await recorded({ begun, databaseOf: () => begun.request.database }, async () => await apply(begun)),
  );
}

async function apply({ request, settings, progress }: StartedRun<ApplyRetentionInput>): Promise<ApplyRetentionResult> {
  const chain = ownChain();
  const { database, dryRun, plan: shown } = request;
  progress.enter('plan');
  const { warnings, ...planned } = await longStep(settings, 'what is kept, and why').planRetention({
    chain,
    ...given({ database }),
  });
  const result = { ...planned, ...given({ warnings: warnings.length === 0 ? undefined : warnings }) };
  if (dryRun) return result;
  progress.enter('delete');
  return await explainJanitorTimeout(settings, async () => {
    const { deleted } = await onJanitor(settings, `delete ${planned.deleted}`).deletePlanned({
      chain,
      plan: planned.plan,
      ...given({ shown }),
    });
    progress.enter('sweep');
    const { swept, bytes, waiting } = await onJanitor(settings, 'remove what was deleted before').sweepRepository();
    return {
      ...result,
      deleted: deleted,
      swept,
      sweptBytes: bytes,
      ...given({ waiting: waiting.length === 0 ? undefined : waiting }),
    };
  });
}
