import type { NodePlan, SegmentRef } from '../../activities/shapes';
import { copyFromNode } from '../copy-from-node';
import { onEveryNode } from '../copy/fan-out';
import type { Backup } from './open-backup';
import { planCopies, type TriedReplica } from './plan-copies';
import type { ConsistentSnapshot } from './take-consistent-snapshot';

/** Copies every tablet, a child workflow for each node; a replica that can't be copied is replaced by another one. */
export async function copyFromNodes(
  backup: Backup,
  snapshot: ConsistentSnapshot,
  first: NodePlan[],
): Promise<{ segments: SegmentRef[] }> {
  const segments: SegmentRef[] = [];
  const tried: TriedReplica[] = [];
  let plans = first;
  for (let round = 1; plans.length > 0; round += 1) {
    const results = await onEveryNode({
      settings: backup.settings,
      progress: backup.progress,
      limits: backup.limits,
      plans,
      child: copyFromNode,
      part: `copy-${snapshot.snapshotId.slice(0, 8)}-${round}`,
      summary: ({ node, batches }) =>
        `copy ${batches.reduce((sum, batch) => sum + batch.tablets, 0)} tablets from ${node.address}`,
      input: (plan) => ({
        settings: backup.settings,
        plan,
        backup: backup.identity,
        snapshotId: snapshot.snapshotId,
        limits: backup.limits.current,
        segments: [],
        missed: [],
      }),
      done: ({ segments: copied }) => ({ files: sum(copied, 'files'), bytes: sum(copied, 'bytes') }),
    });
    segments.push(...results.flatMap((result) => result.segments));
    const missed = results.flatMap((result) => result.missed.map((tablet) => ({ ...tablet, uuid: result.uuid })));
    if (missed.length === 0) break;
    tried.push(...missed);
    backup.warn(
      `${missed.length} tablet replicas could not be copied, other replicas were taken (first: ${missed[0]?.tablet ?? ''}: ${missed[0]?.reason ?? ''})`,
    );
    plans = await planCopies(backup, { ...snapshot }, tried, round + 1);
  }
  return { segments };
}

const sum = (segments: SegmentRef[], field: 'files' | 'bytes'): number =>
  segments.reduce((total, segment) => total + segment[field], 0);
