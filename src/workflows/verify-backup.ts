import {
  checkedDurationMs,
  DEFAULT_PROVED_WITHIN,
  REPAIR_PHASES,
  VERIFY_PHASES,
  verifyBackupInput,
  type Chain,
  type VerifyBackupInput,
  type VerifyBackupResult,
} from '../contract';
import { given } from '../objects/given';
import { bytesText, countText } from '../objects/texts';
import { recorded } from './run/recorded';
import type { VerificationPlan } from '../activities/control/verification/plan-verification';
import { longStep } from './run/policies';
import { ReadLease } from './run/read-lease';
import { ownChain, ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { repair } from './verification/repair';
import { readBatches } from './verification/read-batches';

/**
 * Proves that everything a backup or dump consists of is in the bucket as it was written. Writes only records, so it
 * takes no lock: a backup, a restore or a retention run may run at the same time.
 */
export async function verifyBackup(input: VerifyBackupInput): Promise<VerifyBackupResult> {
  let database: string | undefined;
  return await runOperation(
    {
      name: 'verifyBackup',
      input: verifyBackupInput,
      phases: requestsRepair(input) ? REPAIR_PHASES : VERIFY_PHASES,
      subject: ({ backup, level }) => `Verification of ${backup} in ${ownCluster()}: ${level}`,
      complete: completeText,
    },
    input,
    async (begun) =>
      await recorded(
        { begun, databaseOf: () => database },
        async () =>
          await verify(begun, (of) => {
            database = of;
          }),
      ),
  );
}

/** Called before the input is checked. */
const requestsRepair = (input: unknown): boolean => (input as { repair?: unknown } | undefined)?.repair === true;

async function verify(
  begun: StartedRun<VerifyBackupInput>,
  about: (database: string) => void,
): Promise<VerifyBackupResult> {
  const { request, settings, progress } = begun;
  const chain = ownChain();
  const { backup, level, provedWithin = DEFAULT_PROVED_WITHIN, manifestSha256 } = request;
  progress.enter('plan');
  const begunAt = Date.now();
  const plan = await longStep(settings, `what ${backup} consists of`).planVerification({
    ...{ chain, backup, level, provedWithinMs: checkedDurationMs(provedWithin) },
    ...given({ manifestSha256 }),
  });
  about(plan.database);
  const lease = new ReadLease(settings, { kind: plan.kind, id: plan.id, cluster: settings.cluster }, begunAt);
  return await lease.whileReading(async () => await readPlanned(begun, chain, plan));
}

async function readPlanned(
  { request, settings, progress }: StartedRun<VerifyBackupInput>,
  chain: Chain,
  plan: VerificationPlan,
): Promise<VerifyBackupResult> {
  const { level, bytesPerSecond, parallelism } = request;
  const { id, plannedAt, batches } = plan;
  progress.enter('read');
  const limits = { bytesPerSecond, parallelism };
  const damaged = await readBatches(
    { settings, progress },
    { chain, plannedAt, batches, id, bytes: plan.read.bytes, limits },
  );
  if (request.repair) progress.enter('repair');
  const isBad = (plan.bad ?? 0) + damaged.length > 0;
  const done = request.repair && isBad ? await repair({ settings, progress }, { chain, plan, limits }) : undefined;
  progress.enter('record');
  const repaired = done && done.repaired.files > 0 ? true : undefined;
  const { affected, ...found } = await longStep(settings, 'what was proved').recordVerification({
    ...{ chain, plan },
    ...given({ repaired }),
  });
  const { objects, bytes, provedBytes } = plan;
  return {
    ...{ backupId: id, level, objects, bytes, readBytes: plan.read.bytes, provedBytes },
    ...found,
    ...given({
      affected: affected.length === 0 ? undefined : affected,
      repaired: done?.repaired,
      unrepaired: done && done.unrepaired.length > 0 ? done.unrepaired : undefined,
    }),
  };
}

function completeText({
  backupId,
  level,
  objects,
  bytes,
  readBytes,
  provedBytes,
  problems,
}: VerifyBackupResult): string {
  const [first] = problems;
  if (first !== undefined) return `${backupId} is DAMAGED: ${first}`;
  const read =
    level === 'present' || level === 'sizes'
      ? 'nothing was read'
      : `${bytesText(readBytes)} read, ${bytesText(provedBytes)} proved before`;
  return `${backupId} is as it was written (${level}): ${countText(objects)} objects, ${bytesText(bytes)}; ${read}.`;
}
