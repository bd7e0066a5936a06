import type { Chain } from '../../../contract';
import { given } from '../../../objects/given';
import { digestOf, putWorkList, readBackup, readFilesOf, readProofs, type KnownBadObject } from '../../../repository';
import type { ListRef, NodeRef, NodeState } from '../../internal-types';
import type { RepairLine } from '../../work-lines';
import { intoBatches } from '../copies/batches';
import type { ControlDependencies } from '../dependencies';
import { lockOfNew } from '../run/object-lock';
import { verifiersRepository, type VerificationPlan } from './plan-verification';

export interface PlanRepairInput {
  chain: Chain;
  plan: VerificationPlan;
  /** As the masters list them, and whether their workers answer. */
  nodes: NodeState[];
  /** Why the masters could not list them. */
  unlisted?: string;
}

/** Files that one node fetches together. */
export interface RepairBatch {
  node: NodeRef;
  /** Unique in the run, including batches of reading. */
  n: number;
  work: ListRef;
}

export interface RepairPlan {
  batches: RepairBatch[];
  /** Files that no node can provide. */
  unrepaired: number;
  /** Some of them, each with the reason. */
  reasons: string[];
}

/**
 * Lists what of a backup is missing or damaged, by the records of proofs, and which node may still have it: the one
 * whose replica was copied, since replicas do not hold the same files. On a bucket with object lock what is fetched is
 * locked as new backups are. A plan that is made again is the same, but for how long it locks.
 */
export function makePlanRepair(dependencies: ControlDependencies) {
  return async function planRepair({ chain, plan, nodes, unlisted }: PlanRepairInput): Promise<RepairPlan> {
    const repository = verifiersRepository(dependencies);
    const { cluster } = repository;
    const { kind, id, manifestSha256 } = plan;
    const planned: RepairPlan = { batches: [], unrepaired: 0, reasons: [] };
    const refuse = (bad: KnownBadObject, why: string): void => {
      planned.unrepaired += 1;
      if (planned.reasons.length < MAX_UNREPAIRED_NAMED) planned.reasons.push(unrepairedText(bad, why));
    };
    const since = await repository.store.serverTime();
    if (kind === 'dump') {
      const { bad } = await readProofs(repository, { kind, owners: [id], since });
      for (const one of bad.values()) refuse(one, 'no node has the text of a dump; make a new one (kalpa dump)');
      return planned;
    }
    const { header } = await readBackup(repository, id, manifestSha256);
    const owners = [id, ...header.refersTo.map(({ backupId }) => backupId)];
    const { bad } = await readProofs(repository, { kind, owners, since });
    if (bad.size === 0) return planned;
    for (const { key: object, size, sha256 } of [...header.segments, ...header.artefacts]) {
      const one = bad.get(digestOf(cluster, { object, size, sha256 }));
      if (one) refuse(one, 'it was created for the backup, and no node has it; make a new backup');
    }
    const { database, label, keepFor } = header;
    const lock = await lockOfNew(dependencies, { kind: 'backup', database, label, keepFor });
    const byNode = new Map<string, { node: NodeRef; lines: RepairLine[] }>();
    // A list that can't be read is among what is bad; what the others name is fetched all the same.
    for await (const line of readFilesOf(repository, header, () => undefined)) {
      const digest = digestOf(cluster, line);
      const one = bad.get(digest);
      if (!one) continue;
      const node = nodes.find(({ uuid }) => uuid === line.peer);
      const away = unlisted ?? unreachableText(node, line.peer);
      if (node === undefined || away !== undefined) {
        refuse(one, away ?? 'its node is not known');
        continue;
      }
      const { tablet, path, size, mtimeNs, inode, birthtimeNs, sha256 } = line;
      const { owner, object, offset } = one;
      const of = byNode.get(node.uuid) ?? { node: { uuid: node.uuid, address: node.address }, lines: [] };
      const written = { digest, owner, object, ...given({ offset }) };
      of.lines.push({ ...written, tablet, path, size, mtimeNs, inode, birthtimeNs, sha256, ...given({ lock }) });
      byNode.set(node.uuid, of);
    }
    let n = plan.batches.files;
    for (const { node, lines } of byNode.values())
      for (const batch of intoBatches(
        lines.map((line) => ({ line, files: 1, bytes: line.size })),
        byNode.size,
      )) {
        n += 1;
        const bytes = batch.reduce((sum, one) => sum + one.bytes, 0);
        const work = await putWorkList(repository, {
          ...{ workflowId: chain.workflowId, name: `repair-${n}`, lines: batch.map(({ line }) => line), bytes },
        });
        planned.batches.push({ node, n, work });
      }
    return planned;
  };
}

function unreachableText(node: NodeState | undefined, peer: string): string | undefined {
  if (!node) return `tserver ${peer}, whose replica was copied, is no longer in the cluster`;
  if (!node.alive) return `${node.address}, whose replica was copied, is not ALIVE`;
  return node.worker
    ? undefined
    : `${node.address} is unavailable: ${node.workerProblem ?? 'its worker does not answer'}`;
}

/** Files named in one result. */
export const MAX_UNREPAIRED_NAMED = 100;

export const unrepairedText = (
  { object, offset }: { object: string; offset?: number | undefined },
  why: string,
): string => `${object}${offset === undefined ? '' : ` from byte ${offset}`} can't be repaired: ${why}.`;
