import {
  findBases,
  getWorkList,
  putWorkList,
  type Bases,
  type ClusterStore,
  type KnownTablet,
} from '../../../repository';
import type {
  BackupIdentity,
  Batch,
  ListRef,
  MissedTablet,
  NodePlan,
  NodeRef,
  TriedReplicas,
} from '../../internal-types';
import { missedLine, replicaLine, tabletLine, type KnownListLine, type ReplicaLine } from '../../work-lines';
import { intoBatches } from '../copies/batches';
import type { ControlDependencies } from '../dependencies';
import { lockOf } from '../run/object-lock';
import { given } from '../../../objects/given';
import { addTo } from '../../../objects/grouped';

export interface PlanCopiesInput {
  backup: BackupIdentity;
  /** Tablets of the exported snapshot. */
  tablets: ListRef;
  /** What each node has. */
  listings: { node: NodeRef; listing: ListRef }[];
  /**
   * Replicas that failed; none of them is chosen again. The tablets of those that failed in the previous round are
   * planned. Empty: everything is planned.
   */
  tried: TriedReplicas[];
  round: number;
  /** Refer to files that earlier backups have stored; default: upload everything. */
  incremental?: boolean;
}

export interface PlanCopiesResult {
  nodes: NodePlan[];
  /** Tablets that were to be planned. */
  tablets: number;
  /** Tablets without a replica that can be copied. */
  without: number;
  /** The first of them. */
  named: MissedTablet[];
  /** Backups whose files may be referred to, newest first. */
  bases: string[];
  /** Newer backups that can't serve as a base, with the reason. */
  passedOver: string[];
}

/** A result that grew with the tablets would not fit into a history. */
const MAX_NAMED = 100;

interface Candidate extends ReplicaLine {
  node: NodeRef;
}

/**
 * One eligible replica for each tablet: the one copied last time, so that its files are known; otherwise the largest
 * tablets first, each on the node with the least to do so far.
 */
export function makePlanCopies(dependencies: ControlDependencies) {
  const { repository } = dependencies;
  return async function planCopies(input: PlanCopiesInput): Promise<PlanCopiesResult> {
    const { tried, backup, round } = input;
    const lock = await lockOf(dependencies, backup);
    const failed = await readTried(repository, tried, round - 1);
    const wanted =
      tried.length > 0
        ? [...failed.last]
        : (await getWorkList(repository, input.tablets, tabletLine)).map(({ tablet }) => tablet);
    const candidates = new Map<string, Candidate[]>(wanted.map((tablet) => [tablet, []]));
    for (const { node, listing } of input.listings) {
      for (const line of await getWorkList(repository, listing, replicaLine))
        candidates.get(line.tablet)?.push({ ...line, node });
    }
    const bases: Bases = input.incremental
      ? await findBases(repository, { database: backup.database, tablets: new Set(wanted) })
      : { tablets: new Map(), backups: [], bad: new Set(), repaired: new Map(), passedOver: [] };
    const { chosen, without } = chooseReplicas(candidates, failed, bases.tablets);
    const nodes: NodePlan[] = [];
    let n = (round - 1) * 10_000; // numbers of batches stay unique over the rounds
    for (const [node, replicas] of chosen) {
      const batches: Batch[] = [];
      for (const batch of intoBatches(groupByFileList(replicas, node, bases.tablets), chosen.size)) {
        n += 1;
        const bytes = batch.reduce((sum, replica) => sum + replica.bytes, 0);
        const files = batch.reduce((sum, replica) => sum + replica.files, 0);
        const lines = batch.map(({ tablet }) => ({ tablet }));
        const lists = knownLists(batch, node, bases);
        const work = await putWorkList(repository, {
          workflowId: backup.chain.workflowId,
          name: `copy-${round}-${n}`,
          lines,
          files,
          bytes,
        });
        const known =
          lists.length === 0
            ? undefined
            : await putWorkList(repository, {
                workflowId: backup.chain.workflowId,
                name: `known-${round}-${n}`,
                lines: lists,
                bytes: 0,
              });
        batches.push({ n, work, tablets: batch.length, ...given({ known, lock }) });
      }
      nodes.push({ node, batches, files: sum(batches, 'files'), bytes: sum(batches, 'bytes') });
    }
    return {
      nodes,
      tablets: wanted.length,
      without: without.length,
      named: without.slice(0, MAX_NAMED),
      bases: bases.backups,
      passedOver: bases.passedOver,
    };
  };
}

/** Only for the replica that was copied: replicas do not converge to the same files. */
const knownOf = (
  { tablet }: { tablet: string },
  node: NodeRef,
  known: ReadonlyMap<string, KnownTablet>,
): KnownTablet | undefined => {
  const one = known.get(tablet);
  return one?.peer === node.uuid ? one : undefined;
};

/**
 * Tablets whose files are in the same list share a batch where they fit, so that a node reads each list about once.
 * Exported for tests.
 */
export function groupByFileList(
  replicas: readonly Candidate[],
  node: NodeRef,
  known: ReadonlyMap<string, KnownTablet>,
): Candidate[] {
  const place = new Map<string, number>();
  for (const replica of replicas) {
    const { list } = knownOf(replica, node, known) ?? {};
    if (list !== undefined && !place.has(list.key)) place.set(list.key, place.size);
  }
  const placeOf = (replica: Candidate): number =>
    place.get(knownOf(replica, node, known)?.list.key ?? '') ?? place.size;
  return [...replicas].sort((a, b) => placeOf(a) - placeOf(b)); // stable: the largest first within each
}

function knownLists(
  batch: readonly Candidate[],
  node: NodeRef,
  { tablets: known, bad, repaired }: Pick<Bases, 'tablets' | 'bad' | 'repaired'>,
): KnownListLine[] {
  const lists = new Map<string, KnownListLine>();
  for (const replica of batch) {
    const { list } = knownOf(replica, node, known) ?? {};
    if (list !== undefined) lists.set(list.key, list);
  }
  const faults = given({
    bad: bad.size > 0 ? [...bad] : undefined,
    repaired: repaired.size > 0 ? [...repaired].map(([digest, place]) => ({ digest, ...place })) : undefined,
  });
  return [...lists.values()].map((line, i) => (i === 0 ? { ...line, ...faults } : line));
}

/** Replicas that could not be copied in earlier rounds. */
export interface Failed {
  /** `<tablet> <uuid of the node>` */
  replicas: ReadonlySet<string>;
  /** By tablet. */
  reasons: ReadonlyMap<string, string[]>;
}

async function readTried(
  repository: ClusterStore,
  tried: readonly TriedReplicas[],
  lastRound: number,
): Promise<Failed & { last: ReadonlySet<string> }> {
  const replicas = new Set<string>();
  const reasons = new Map<string, string[]>();
  const last = new Set<string>();
  for (const { uuid, round, work, reason } of tried)
    for (const line of await getWorkList(repository, work, missedLine)) {
      replicas.add(`${line.tablet} ${uuid}`);
      addTo(reasons, line.tablet, line.reason ?? reason);
      if (round === lastRound) last.add(line.tablet);
    }
  return { replicas, reasons, last };
}

/** Exported for tests. */
export function chooseReplicas(
  candidates: Map<string, Candidate[]>,
  failed: Failed,
  known: ReadonlyMap<string, KnownTablet> = new Map(),
): { chosen: Map<NodeRef, Candidate[]>; without: MissedTablet[] } {
  const load = new Map<string, number>();
  const chosen = new Map<string, { node: NodeRef; replicas: Candidate[] }>();
  const without: MissedTablet[] = [];
  const sizeOf = (replicas: Candidate[]): number => Math.max(0, ...replicas.map(({ bytes }) => bytes));
  for (const [tablet, replicas] of [...candidates].sort(
    ([a, x], [b, y]) => sizeOf(y) - sizeOf(x) || (a < b ? -1 : 1),
  )) {
    const eligible = replicas.filter(
      ({ problem, node }) => problem === undefined && !failed.replicas.has(`${tablet} ${node.uuid}`),
    );
    const peer = known.get(tablet)?.peer;
    const [best] = eligible.sort(
      (a, b) =>
        Number(b.node.uuid === peer) - Number(a.node.uuid === peer) ||
        (load.get(a.node.uuid) ?? 0) - (load.get(b.node.uuid) ?? 0) ||
        (a.node.uuid < b.node.uuid ? -1 : 1),
    );
    if (!best) {
      const reasons = [
        ...replicas.map(({ node, problem }) => problem && `${node.address}: ${problem}`),
        ...(failed.reasons.get(tablet) ?? []),
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
