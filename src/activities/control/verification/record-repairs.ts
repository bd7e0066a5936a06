import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { chainTag, type Chain } from '../../../contract';
import { given } from '../../../objects/given';
import {
  getWorkList,
  inCluster,
  layout,
  lockedCluster,
  writeProof,
  writeRepair,
  type ClusterStore,
  type RepairedFile,
} from '../../../repository';
import { checkFiles, TransferLimits } from '../../../transfer';
import type { ListRef } from '../../internal-types';
import { repairLine, repairOutcome, type RepairLine, type RepairOutcome } from '../../work-lines';
import type { ControlDependencies } from '../dependencies';
import { verifiersRepository, type VerificationPlan } from './plan-verification';
import { MAX_UNREPAIRED_NAMED, unrepairedText } from './plan-repair';

export interface RecordRepairsInput {
  chain: Chain;
  plan: VerificationPlan;
  n: number;
  /** What was to be fetched. */
  work: ListRef;
  /** What the node reports; absent: nothing, for the reason in `away`. */
  outcomes?: ListRef;
  away?: string;
  bytesPerSecond?: number;
}

export interface RecordRepairsResult {
  files: number;
  bytes: number;
  unrepaired: number;
  reasons: string[];
}

/** Parallel reads. */
const PARALLEL = 4;

/**
 * Reads in the bucket what a node has fetched, and records what is as it was backed up: a signed repair for each backup
 * whose objects were bad, and the proof. The node's report is trusted no further than that. Run twice, it finds its
 * records.
 */
export function makeRecordRepairs(dependencies: ControlDependencies) {
  return async function recordRepairs(input: RecordRepairsInput): Promise<RecordRepairsResult> {
    const { chain, plan, n } = input;
    const repository = verifiersRepository(dependencies);
    const { plannedAt } = plan;
    const lines = await getWorkList(repository, input.work, repairLine);
    const reported = input.outcomes === undefined ? [] : await getWorkList(repository, input.outcomes, repairOutcome);
    const startedAt = await repository.store.serverTime();
    const { good, reasons } = await checkOutcomes(dependencies, repository, { input, lines, reported });
    const name = { tag: chainTag(chain), n, workflowId: chain.workflowId };
    const owners = [...new Set(good.map(({ line }) => line.owner))];
    for (const backupId of owners) {
      const own = good.filter(({ line }) => line.owner === backupId);
      const files = own.map(({ line, place }): RepairedFile => {
        const { digest, object: of, size, sha256 } = line;
        const { object, etag, versionId, offset, objectBytes } = place;
        return { digest, of, size, sha256, object, etag, objectBytes, ...given({ versionId, offset }) };
      });
      await writeRepair(lockedCluster(repository, lines[0]?.lock), { ...name, backupId, repairedAt: plannedAt, files });
      await writeProof(repository, {
        ...{ ...name, backupId, kind: 'backup', plannedAt, at: startedAt.toISOString(), files: own.length },
        bytes: own.reduce((sum, { line }) => sum + line.size, 0),
        ...{ good: own.map(({ line }) => line.digest).join(''), bad: [], healed: true },
      });
    }
    const texts = lines.flatMap((line) => {
      const why = reasons.get(line.digest);
      return why === undefined ? [] : [unrepairedText(line, why)];
    });
    return {
      files: good.length,
      bytes: good.reduce((sum, { line }) => sum + line.size, 0),
      ...{ unrepaired: texts.length, reasons: texts.slice(0, MAX_UNREPAIRED_NAMED) },
    };
  };
}

type Place = NonNullable<RepairOutcome['repaired']>;

interface Outcomes {
  input: RecordRepairsInput;
  lines: readonly RepairLine[];
  reported: readonly RepairOutcome[];
}

/** Which files are in the bucket with the recorded SHA-256, and why the others are not, by digest. */
async function checkOutcomes(
  { store, timing }: Pick<ControlDependencies, 'store' | 'timing'>,
  { cluster }: ClusterStore,
  { input, lines, reported }: Outcomes,
): Promise<{ good: { line: RepairLine; place: Place }[]; reasons: Map<string, string> }> {
  const outcomes = new Map(reported.map((one) => [one.digest, one]));
  const reasons = new Map<string, string>();
  const claimed: { line: RepairLine; place: Place }[] = [];
  for (const line of lines) {
    const { repaired, reason } = outcomes.get(line.digest) ?? {};
    // Elsewhere it would be swept with another backup, or with none.
    if (repaired && inCluster(cluster, repaired.object).startsWith(layout.backup(cluster, line.owner)))
      claimed.push({ line, place: repaired });
    else reasons.set(line.digest, reason ?? input.away ?? 'its node did not report on it');
  }
  const bad = new Set<number>();
  await checkFiles({
    store,
    files: claimed.map(({ line: { size, sha256 }, place: { object, etag, versionId, offset } }) => ({
      ...{ object: inCluster(cluster, object), size, sha256, etag },
      ...given({ versionId, offset }),
    })),
    limits: new TransferLimits(given({ bytesPerSecond: input.bytesPerSecond })),
    ...{ width: PARALLEL, retry: { retryForMs: timing.phaseDeadline }, signal: cancellationSignal() },
    onBytes: (bytes) => {
      heartbeat(bytes);
    },
    onChecked: (i, problem) => {
      const digest = claimed[i]?.line.digest;
      if (problem === undefined || digest === undefined) return;
      bad.add(i);
      reasons.set(digest, `what arrived in the bucket is not what was fetched (${problem}); try again`);
    },
  });
  return { good: claimed.filter((_, i) => !bad.has(i)), reasons };
}
