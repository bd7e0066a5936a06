import { isStoreError } from '../transfer';
import type { ClusterStore } from './cluster-store';
import { layout, type ClosedEnd } from './layout';
import {
  closedRecord,
  FORMAT,
  intentRecord,
  leaseRecord,
  operationRecord,
  verificationRecord,
  type ClosedRecord,
  type IntentRecord,
  type LeaseRecord,
  type OperationRecord,
  type VerificationRecord,
} from './record-schemas';
import { createRecord, readRecord } from './records';

/** Protection record, before any data. True: this call made it; false: it was there. */
export function writeIntent({ store, cluster }: ClusterStore, intent: IntentRecord): Promise<boolean> {
  return createRecord(store, layout.intent(cluster, intent.backupId), intentRecord, intent);
}

export function readIntent({ store, cluster }: ClusterStore, backupId: string): Promise<IntentRecord | undefined> {
  return readRecord(store, layout.intent(cluster, backupId), intentRecord);
}

/** Writes the end of an intent that became no backup, with the store's time. The first end stays. */
export async function closeIntent(
  { store, cluster }: ClusterStore,
  closed: { backupId: string; end: ClosedEnd; failure?: ClosedRecord['failure'] },
): Promise<boolean> {
  const closedAt = (await store.serverTime()).toISOString();
  return createRecord(store, layout.closedRecord(cluster, closed.backupId, closed.end), closedRecord, {
    ...closed,
    format: FORMAT,
    closedAt,
  });
}

/** Whether the backup exists; nothing is read but the manifest's head. */
export async function isCommitted({ store, cluster }: ClusterStore, backupId: string): Promise<boolean> {
  try {
    await store.head(layout.manifest(cluster, backupId));
    return true;
  } catch (error) {
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return false;
    throw error;
  }
}

/** The audit record of an operation, under the time it started. */
export function writeOperation({ store, cluster }: ClusterStore, operation: OperationRecord): Promise<boolean> {
  return createRecord(
    store,
    layout.operation(cluster, new Date(operation.startedAt), operation.workflowId),
    operationRecord,
    operation,
  );
}

/** "In use by a restore" until it expires; renewal is a new lease. */
export function writeLease({ store, cluster }: ClusterStore, lease: LeaseRecord): Promise<boolean> {
  return createRecord(
    store,
    layout.lease(cluster, lease.backupId, new Date(lease.expiresAt), lease.holder),
    leaseRecord,
    lease,
  );
}

/** What was proved of a backup. */
export function writeVerification(
  { store, cluster }: ClusterStore,
  verification: VerificationRecord,
): Promise<boolean> {
  const { backupId, verifiedAt, level, ok } = verification;
  return createRecord(
    store,
    layout.verification(cluster, backupId, new Date(verifiedAt), level, ok),
    verificationRecord,
    verification,
  );
}
