import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { retentionDecision, type Chain } from '../../contract';
import { readForPlan } from '../../holdings';
import { given } from '../../objects/given';
import {
  getWorkList,
  holdOf,
  layout,
  listFailed,
  leasesOn,
  undelete,
  withSignal,
  writeTombstone,
  type BackupKind,
  type ClusterStore,
  type Lease,
} from '../../repository';
import { brokenPromises, plan } from '../../retention';
import { startedBy } from '../../schedules';
import { failWith } from '../application-failure';
import { findNamed } from '../retention/find-named';
import { confirmDeletions, undeleteOwn, isOwnDeletion, failIfBroken, type OwnDeletion } from './own-deletions';
import type { JanitorDependencies } from './dependencies';

export interface DeletePlannedInput {
  chain: Chain;
  plan: { key: string; sha256: string };
  /** A plan that was shown before: only what both plans delete is deleted. */
  shown?: { key: string; sha256: string };
}

export interface NamedBackupInput {
  chain: Chain;
  backup: string;
  reason: string;
}

/**
 * Deletion, phase 1, of what a plan deletes. The janitor decides again from the present state of the bucket: what it
 * would not delete itself stays, whatever the caller says. Run twice, it continues with what is left.
 */
export function makeDeletePlanned({ repository: shared, client, timing }: JanitorDependencies) {
  return async function deletePlanned(input: DeletePlannedInput): Promise<{ deleted: number }> {
    const repository = withSignal(shared, cancellationSignal());
    const { workflowId } = input.chain;
    const origin = { workflowId, ...given({ by: await startedBy(client, input.chain) }) };
    const planned = await deletedBy(repository, input.plan);
    const shown = input.shown ? await deletedBy(repository, input.shown) : planned;
    const own: OwnDeletion[] = [];
    for (const [id, kind] of planned)
      if (shown.has(id) && (await isOwnDeletion(repository, { kind, id }, { workflowId }))) own.push({ kind, id });
    const evenDeleted = new Set(own.map(({ id }) => id));
    const now = await readForPlan(repository, { evenDeleted, onRead: heartbeat });
    const goes = plan(now).decisions.filter(
      ({ backupId: id, decision }) => decision === 'delete' && planned.has(id) && shown.has(id),
    );
    const broken = brokenPromises(now, new Set(goes.map(({ backupId }) => backupId)));
    if (broken.length > 0) await undeleteOwn(repository, own, origin); // of an attempt that had found it, and was killed
    failIfBroken(broken, 'Nothing was deleted');
    for (const { backupId: id, kind, because } of goes) {
      if (evenDeleted.has(id)) continue;
      await writeTombstone(repository, { kind, id, reason: `retention: ${because}`, ...origin });
      heartbeat(own.push({ kind, id }));
    }
    await confirmDeletions(repository, now, { own, origin, outcome: 'Nothing was deleted' });
    const at = await repository.store.serverTime();
    const { maxRunTime: maxRunTimeMs, deletionGrace: graceMs } = timing;
    for (const { kind, id, because } of await listFailed(repository, { now: at, maxRunTimeMs, graceMs }))
      await writeTombstone(repository, { kind, id, reason: `retention: ${because}`, ...origin });
    return { deleted: own.length };
  };
}

/** What a plan deletes, with its kind. */
async function deletedBy(
  repository: ClusterStore,
  ref: { key: string; sha256: string },
): Promise<Map<string, BackupKind>> {
  const lines = await getWorkList(repository, ref, retentionDecision);
  return new Map(lines.flatMap(({ backupId, kind, decision }) => (decision === 'delete' ? [[backupId, kind]] : [])));
}

/** Deletion, phase 1, of one backup or dump, by name. */
export function makeDeleteNamed({ repository: shared, client, timing }: JanitorDependencies) {
  return async function deleteNamed({ chain, backup, reason }: NamedBackupInput) {
    const repository = withSignal(shared, cancellationSignal());
    const { kind, id, database, state } = await findNamed(repository, backup);
    if (state === 'running')
      throw failWith(
        'PreflightFailed',
        `${id} is still being made, so it was not deleted. Cancel its run first: kalpa runs.`,
      );
    const origin = { reason, workflowId: chain.workflowId, ...given({ by: await startedBy(client, chain) }) };
    const own = state === 'deleted' && (await isOwnDeletion(repository, { kind, id }, origin));
    if (state === 'committed') await refuseInUse(repository, client, { kind, id });
    const before =
      state === 'committed' || own
        ? await readForPlan(repository, { evenDeleted: new Set([id]), onRead: heartbeat })
        : undefined;
    if (before && !own) failIfBroken(brokenPromises(before, new Set([id])), `${id} was not deleted`);
    const link = await writeTombstone(repository, { kind, id, ...origin });
    if (before)
      await confirmDeletions(repository, before, { own: [{ kind, id }], origin, outcome: `${id} was not deleted` });
    return {
      database,
      tombstone: layout.deletion(repository.cluster, kind, id, link.n),
      removedFrom: new Date(link.at.getTime() + Math.max(timing.deletionGrace, timing.maxRunTime)).toISOString(),
    };
  };
}

async function refuseInUse(repository: ClusterStore, client: Client, { kind, id }: OwnDeletion): Promise<void> {
  const hold = await holdOf(repository, kind, id);
  if (hold)
    throw failWith(
      'PromiseBroken',
      `${id} is held${hold.record.by === undefined ? '' : ` by ${hold.record.by}`} (${hold.record.reason}), so it was not deleted. To delete it, release it first (kalpa release ${id}), then try again.`,
    );
  const lease = await leaseOfRunning(client, await leasesOn(repository, kind, id, await repository.store.serverTime()));
  if (lease)
    throw failWith(
      'DatabaseBusy',
      `${id} is being read by ${lease.holder}, until ${lease.until.toISOString()} at the latest, so it was not deleted. Wait until that run has ended; a run of another Temporal is assumed to read until then.`,
      [{ workflowId: lease.holder }],
    );
}

/**
 * A lease outlives the run that took it. A run unknown to this Temporal may belong to another one, so its lease counts.
 */
async function leaseOfRunning(client: Client, leases: readonly Lease[]): Promise<Lease | undefined> {
  for (const lease of leases) if (!(await hasEnded(client, lease.holder))) return lease;
  return undefined;
}

async function hasEnded(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Takes a deletion back. */
export function makeUndeleteNamed({ repository: shared, client }: JanitorDependencies) {
  return async function undeleteNamed({ chain, backup, reason }: NamedBackupInput): Promise<{ database: string }> {
    const repository = withSignal(shared, cancellationSignal());
    const { kind, id, database, state } = await findNamed(repository, backup);
    if (state !== 'deleted') return { database }; // done by an earlier attempt, or nobody had deleted it
    const origin = { reason, workflowId: chain.workflowId, ...given({ by: await startedBy(client, chain) }) };
    await undelete(repository, { kind, id, ...origin });
    return { database };
  };
}
