import { activityInfo, log } from '@temporalio/activity';
import { FORMAT, writeLease, type BackupKind } from '../../../repository';
import { isStoreError } from '../../../transfer';
import type { ControlDependencies } from '../dependencies';

/**
 * "This run reads it": from here on, for `timing.leaseTime` by the store's clock, no sweep removes its objects. The run
 * renews it beside its steps (`ReadLease`). In another cluster's part of the bucket this worker may not be allowed to
 * write: then only the grace time protects its data.
 */
export async function takeLease(
  { repository, timing }: Pick<ControlDependencies, 'repository' | 'timing'>,
  { kind, id, cluster }: { kind: BackupKind; id: string; cluster: string },
): Promise<void> {
  const expiresAt = new Date((await repository.store.serverTime()).getTime() + timing.leaseTime);
  expiresAt.setMilliseconds(0); // in the form that the key uses
  const holder = activityInfo().workflowExecution?.workflowId ?? 'a restore';
  try {
    await writeLease(
      { ...repository, cluster },
      {
        ...{ format: FORMAT, backupId: id, holder, expiresAt: expiresAt.toISOString() },
        ...(kind === 'dump' ? { kind } : {}),
      },
    );
  } catch (error) {
    if (cluster === repository.cluster || !isStoreError(error, 'denied')) throw error;
    log.warn(`no lease on ${id}: this worker may not write to the part of cluster ${cluster}`);
  }
}
