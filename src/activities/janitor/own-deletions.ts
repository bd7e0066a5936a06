import { heartbeat } from '@temporalio/activity';
import { policiesOf, readForPlan } from '../../holdings';
import {
  changeOf,
  deletionOf,
  listBackups,
  listDumps,
  undelete,
  type BackupKind,
  type ClusterStore,
} from '../../repository';
import { brokenPromises, type PlanInput } from '../../retention';
import { failWith } from '../application-failure';

/** A deletion that a run has written. */
export interface OwnDeletion {
  kind: BackupKind;
  id: string;
}

interface Deleter {
  workflowId: string;
  by?: string;
}

/** Whether this very run has deleted it: an attempt before this one has got so far. */
export async function isOwnDeletion(
  repository: ClusterStore,
  { kind, id }: OwnDeletion,
  { workflowId }: Pick<Deleter, 'workflowId'>,
): Promise<boolean> {
  const last = await deletionOf(repository, kind, id);
  return last !== undefined && changeOf(last) === 'deleted' && last.record.workflowId === workflowId;
}

/**
 * To be called when deletions are written. Two who delete different backups at the same moment see nothing of each
 * other when they decide; each looks again when its own is written, so whoever is later, or both, find that together
 * they break a promise, and give back what they deleted: `PromiseBroken`.
 */
export async function confirmDeletions(
  repository: ClusterStore,
  before: PlanInput,
  { own, origin, outcome }: { own: readonly OwnDeletion[]; origin: Deleter; outcome: string },
): Promise<void> {
  const ids = new Set(own.map(({ id }) => id));
  if (ids.size === 0) return;
  const there = await idsThere(repository);
  const left = before.backups.filter(({ id }) => there.has(id) || ids.has(id));
  // Policies may have been recorded since: an attempt that was held up has read older ones, or none.
  const policies = await policiesOf(repository);
  if (brokenPromises({ ...before, policies, backups: left }, ids).length === 0) return;
  // What was read before may be old: of an attempt that was held up, newer backups are missing.
  const now = await readForPlan(repository, { evenDeleted: ids, onRead: heartbeat });
  const broken = brokenPromises(now, ids);
  if (broken.length === 0) return;
  await undeleteOwn(repository, own, origin);
  failIfBroken(broken, outcome);
}

/** Those that this run has deleted, and nobody has changed since. */
export async function undeleteOwn(
  repository: ClusterStore,
  own: readonly OwnDeletion[],
  origin: Deleter,
): Promise<void> {
  for (const one of own)
    if (await isOwnDeletion(repository, one, origin))
      await undelete(repository, {
        ...one,
        ...origin,
        reason: 'together with other deletions it would break a promise of the policies',
      });
}

async function idsThere(repository: ClusterStore): Promise<Set<string>> {
  const [backups, dumps] = [await listBackups(repository), await listDumps(repository)];
  return new Set([
    ...backups.flatMap(({ backupId, state }) => (state === 'committed' ? [backupId] : [])),
    ...dumps.flatMap(({ dumpId, state }) => (state === 'committed' ? [dumpId] : [])),
  ]);
}

/** Fails with `PromiseBroken` where something is. */
export function failIfBroken(broken: readonly string[], outcome: string): void {
  if (broken.length === 0) return;
  throw failWith(
    'PromiseBroken',
    `${outcome}, since a promise of the policies would be broken: ${broken.join('; ')}. Make a newer backup first, or change the policies.`,
    broken.map((promise) => ({ promise })),
  );
}
