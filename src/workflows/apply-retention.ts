import {
  applyRetentionInput,
  RETENTION_PHASES,
  type ApplyRetentionInput,
  type ApplyRetentionResult,
} from '../contract';
import { patient } from './run/policies';
import { bytesText } from '../objects/texts';
import { ownChain, ownCluster } from './run/run-context';
import { runOperation, type Begun } from './run/run-operation';
import { byJanitor, janitor } from './retention/janitor';
import { recorded } from './retention/recorded';

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

async function apply({ request, settings, progress }: Begun<ApplyRetentionInput>): Promise<ApplyRetentionResult> {
  const chain = ownChain();
  const { database, dryRun, plan: shown } = request;
  progress.enter('plan');
  const { warnings, ...planned } = await patient(settings, 'what is kept, and why').planRetention({
    chain,
    ...(database === undefined ? {} : { database }),
  });
  const result = { ...planned, ...(warnings.length === 0 ? {} : { warnings }) };
  if (dryRun) return result;
  progress.enter('delete');
  return await byJanitor(settings, async () => {
    const { buried } = await janitor(settings, `delete ${planned.deleted}`).buryCopies({
      chain,
      plan: planned.plan,
      ...(shown ? { shown } : {}),
    });
    progress.enter('sweep');
    const { swept, bytes, waiting } = await janitor(settings, 'remove what was deleted before').sweepRepository();
    return { ...result, deleted: buried, swept, sweptBytes: bytes, ...(waiting.length === 0 ? {} : { waiting }) };
  });
}
