import { findTablets, type TabletHome, type TserverTablet } from '../../yugabyte';
import { showProgress } from '../heartbeat-interceptor';
import { getWorkList, putWorkList } from '../../repository';
import type { BackupIdentity, ListRef } from '../internal-types';
import { tabletLine, type ReplicaLine } from '../work-lines';
import type { NodeDependencies } from './dependencies';
import { confirmNode } from './confirm-node';
import { snapshotFiles, snapshotPlace } from './snapshot-files';

/** Roles with a full copy; a LEARNER is still being filled. */
const WHOLE_ROLES = new Set(['LEADER', 'FOLLOWER', 'READ_REPLICA']);

export interface ListReplicasInput {
  uuid: string;
  backup: BackupIdentity;
  snapshotId: string;
  /** Tablets of the exported snapshot. */
  tablets: ListRef;
  /** A later listing is another object. */
  round: number;
}

/**
 * What this node has of a snapshot: for each of its tablets, whether the replica is RUNNING, its directory has its
 * final name and `CURRENT` names an existing MANIFEST, and its size.
 */
export function makeListReplicas(dependencies: NodeDependencies) {
  return async function listReplicas(input: ListReplicasInput): Promise<{ listing: ListRef }> {
    confirmNode(dependencies, input.uuid);
    const { identity, repository, yugabyte } = dependencies;
    const live = new Map((await yugabyte().http.tserverTablets(identity.http)).map((tablet) => [tablet.id, tablet]));
    const homes = await findTablets(identity.dataDirs);
    const lines: ReplicaLine[] = [];
    for (const { tablet } of await getWorkList(repository, input.tablets, tabletLine)) {
      const home = homes.get(tablet);
      const replica = live.get(tablet);
      if (!home && !replica) continue; // no replica of it is here
      const role = ownRole(replica, identity.address);
      const problem =
        replica?.state !== 'RUNNING'
          ? `the replica is ${replica?.state ?? 'not listed by its tserver'}`
          : WHOLE_ROLES.has(role)
            ? undefined
            : `the replica is a ${role}`;
      lines.push(
        await describeReplica({ tablet, home, problem, leader: role === 'LEADER', snapshotId: input.snapshotId }),
      );
      showProgress({ tablets: lines.length });
    }
    const name = `replicas-${input.snapshotId.slice(0, 8)}-${input.round}-${identity.uuid.slice(0, 8)}`;
    const bytes = lines.reduce((sum, line) => sum + line.bytes, 0);
    return {
      listing: await putWorkList(repository, { workflowId: input.backup.chain.workflowId, name, lines, bytes }),
    };
  };
}

async function describeReplica(found: {
  tablet: string;
  home: TabletHome | undefined;
  problem: string | undefined;
  leader: boolean;
  snapshotId: string;
}): Promise<ReplicaLine> {
  const { tablet, home, leader, snapshotId } = found;
  const nothing = { tablet, table: home?.tableId ?? '', files: 0, bytes: 0, leader };
  if (!home) return { ...nothing, problem: 'its data directory is not on this node' };
  if (found.problem !== undefined) return { ...nothing, problem: found.problem };
  const listed = await snapshotFiles(snapshotPlace(home, tablet, snapshotId));
  if ('problem' in listed) return { ...nothing, problem: listed.problem };
  const { files } = listed;
  return { ...nothing, files: files.length, bytes: files.reduce((sum, file) => sum + file.size, 0) };
}

/**
 * This replica's role in its Raft group, if the page marks it; otherwise it is found by its host, with or without a
 * port.
 */
function ownRole(replica: Pick<TserverTablet, 'raft'> | undefined, address: string): string {
  const entries = replica?.raft ?? [];
  const marked = entries.find(({ own }) => own);
  if (marked) return marked.role;
  const exact = entries.find(({ host }) => host === address);
  const host = address.replace(/:\d+$/, '');
  const byHost = entries.filter((entry) => entry.host === host);
  return exact?.role ?? (byHost.length === 1 ? (byHost[0]?.role ?? 'FOLLOWER') : 'FOLLOWER');
}
