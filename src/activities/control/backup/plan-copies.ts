import { getWorkList, putWorkList } from '../../../repository';
import type { BackupIdentity, Batch, ListRef, MissedTablet, NodePlan, NodeRef } from '../../shapes';
import { replicaLine, tabletLine, type ReplicaLine } from '../../work-lines';
import { intoBatches } from '../copies/batches';
import type { ControlDependencies } from '../dependencies';

export interface PlanCopiesInput {
  backup: BackupIdentity;
  /** Tablets of the exported snapshot. */
  tablets: ListRef;
  /** What each node holds. */
  listings: { node: NodeRef; listing: ListRef }[];
  /** Replicas that failed; only their tablets are planned, on other replicas. Empty: everything is planned. */
  tried: { tablet: string; uuid: string; reason: string }[];
  round: number;
}

export interface PlanCopiesResult {
  nodes: NodePlan[];
  /** Tablets that were to be planned. */
  tablets: number;
  /** Those of which no replica can be copied. */
  without: MissedTablet[];
}

interface Candidate extends ReplicaLine {
  node: NodeRef;
}

/** One eligible replica for each tablet, the largest tablets first, each on the node that has the least to do so far. */
export function makePlanCopies({ repository }: ControlDependencies) {
  return async function planCopies(input: PlanCopiesInput): Promise<PlanCopiesResult> {
    const { tried, backup, round } = input;
    const wanted =
      tried.length > 0
        ? [...new Set(tried.map(({ tablet }) => tablet))]
        : (await getWorkList(repository, input.tablets, tabletLine)).map(({ tablet }) => tablet);
    const candidates = new Map<string, Candidate[]>(wanted.map((tablet) => [tablet, []]));
    for (const { node, listing } of input.listings) {
      for (const line of await getWorkList(repository, listing, replicaLine))
        candidates.get(line.tablet)?.push({ ...line, node });
    }
    const failed = new Set(tried.map(({ tablet, uuid }) => `${tablet} ${uuid}`));
    const { chosen, without } = chooseReplicas(candidates, failed, tried);
    const nodes: NodePlan[] = [];
    let n = (round - 1) * 10_000; // numbers of batches stay unique over the rounds
    for (const [node, replicas] of chosen) {
      const batches: Batch[] = [];
      for (const batch of intoBatches(replicas, chosen.size)) {
        n += 1;
        const bytes = batch.reduce((sum, replica) => sum + replica.bytes, 0);
        const files = batch.reduce((sum, replica) => sum + replica.files, 0);
        const lines = batch.map(({ tablet }) => ({ tablet }));
        const work = await putWorkList(repository, {
          workflowId: backup.chain.workflowId,
          name: `copy-${round}-${n}`,
          lines,
          files,
          bytes,
        });
        batches.push({ n, work, tablets: batch.length });
      }
      nodes.push({ node, batches, files: sum(batches, 'files'), bytes: sum(batches, 'bytes') });
    }
    return { nodes, tablets: wanted.length, without };
  };
}

/** Exported for tests. */
export function chooseReplicas(
  candidates: Map<string, Candidate[]>,
  failed: Set<string>,
  tried: { tablet: string; reason: string }[],
): { chosen: Map<NodeRef, Candidate[]>; without: MissedTablet[] } {
  const load = new Map<string, number>();
  const chosen = new Map<string, { node: NodeRef; replicas: Candidate[] }>();
  const without: MissedTablet[] = [];
  const sizeOf = (replicas: Candidate[]): number => Math.max(0, ...replicas.map(({ bytes }) => bytes));
  for (const [tablet, replicas] of [...candidates].sort(
    ([a, x], [b, y]) => sizeOf(y) - sizeOf(x) || (a < b ? -1 : 1),
  )) {
    const eligible = replicas.filter(
      ({ problem, node }) => problem === undefined && !failed.has(`${tablet} ${node.uuid}`),
    );
    const [best] = eligible.sort(
      (a, b) => (load.get(a.node.uuid) ?? 0) - (load.get(b.node.uuid) ?? 0) || (a.node.uuid < b.node.uuid ? -1 : 1),
    );
    if (!best) {
      const reasons = [
        ...replicas.map(({ node, problem }) => problem && `${node.address}: ${problem}`),
        ...tried.filter((one) => one.tablet === tablet).map(({ reason }) => reason),
      ];
      without.push({ tablet, reason: reasons.filter(Boolean).join('; ') || 'no node with a worker holds a replica' });
      continue;
    }
    load.set(best.node.uuid, (load.get(best.node.uuid) ?? 0) + best.bytes);
    const plan = chosen.get(best.node.uuid) ?? { node: best.node, replicas: [] };
    plan.replicas.push(best);
    chosen.set(best.node.uuid, plan);
  }
  return { chosen: new Map([...chosen.values()].map(({ node, replicas }) => [node, replicas])), without };
}

const sum = (batches: Batch[], field: 'files' | 'bytes'): number =>
  batches.reduce((total, { work }) => total + work[field], 0);
