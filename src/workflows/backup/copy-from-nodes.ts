import type { NodePlan, ReuseProblems, SegmentRef, TriedReplicas } from '../../activities/internal-types';
import { copyFromNode } from '../copy-from-node';
import { onEveryNode } from '../copy/fan-out';
import type { Backup } from './open-backup';
import { planCopies } from './plan-copies';
import type { ConsistentSnapshot } from './take-consistent-snapshot';
import { firstOf } from '../../objects/texts';

/** Copies every tablet, a child workflow for each node; a replica that can't be copied is replaced by another one. */
export async function copyFromNodes(
  backup: Backup,
  snapshot: ConsistentSnapshot,
  first: NodePlan[],
): Promise<{ segments: SegmentRef[] }> {
  const segments: SegmentRef[] = [];
  const tried: TriedReplicas[] = [];
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
    warnOfReuseProblems(backup, results);
    const missed = results.flatMap((result) => result.missed.map((one) => ({ ...one, uuid: result.uuid, round })));
    if (missed.length === 0) break;
    tried.push(...missed);
    backup.warn(
      `${missed.reduce((all, { tablets }) => all + tablets, 0)} tablet replicas could not be copied; other replicas were copied instead (the first reason: ${missed[0]?.reason ?? ''})`,
    );
    plans = (await planCopies(backup, { ...snapshot }, tried, round + 1)).nodes;
  }
  return { segments };
}

/** Why more was uploaded than is new; one warning of each kind, whatever the number of nodes. */
function warnOfReuseProblems(backup: Backup, results: readonly { reuse?: ReuseProblems; node: string }[]): void {
  const problems = results.flatMap(({ reuse }) => (reuse ? [reuse] : []));
  const missing = problems.reduce((total, one) => total + one.gone, 0);
  const from = [...new Set(problems.flatMap(({ goneFrom }) => goneFrom))];
  if (missing > 0)
    backup.warn(
      `${missing} files that earlier backups recorded are missing from the bucket or have changed, and were uploaded again (${some(from)}). Those backups can't be restored: find out who deletes objects there.`,
    );
  const unreadable = [...new Set(problems.flatMap((one) => one.unreadable))];
  if (unreadable.length > 0)
    backup.warn(`Files were uploaded although earlier backups may hold them: ${some(unreadable)}`);
  const without = results.flatMap(({ reuse, node }) => (reuse?.withoutBirthTimes ? [node] : []));
  if (without.length > 0)
    backup.warn(
      `The file system of ${some(without)} keeps no birth times, so unchanged large files can't be recognised, and every backup from there uploads them in full.`,
    );
}

const some = (of: readonly string[]): string => firstOf(of, 3);

const sum = (segments: SegmentRef[], field: 'files' | 'bytes'): number =>
  segments.reduce((total, segment) => total + segment[field], 0);
