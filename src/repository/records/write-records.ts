import type { ClusterStore } from '../cluster-store';
import { close, BACKUP_PROTOCOL, protect } from '../commit-protocol';
import { layout, type ClosedEnd } from '../layout/layout';
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
import { NameTaken } from '../signing/name-taken';
import { readOwn, writeProved, type RecordForm } from '../signing/proved-records';

export const intents: RecordForm<IntentRecord> = {
  kind: 'intent',
  schema: intentRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [layout.intent(cluster, one.backupId)] : []),
};

export const closings: RecordForm<ClosedRecord> = {
  kind: 'closed',
  schema: closedRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [layout.closedRecord(cluster, one.backupId, one.end)] : []),
};

export const operations: RecordForm<OperationRecord> = {
  kind: 'operation',
  schema: operationRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? operationKeys(cluster, one) : []),
};

export const leases: RecordForm<LeaseRecord> = {
  kind: 'lease',
  schema: leaseRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [leaseKey(cluster, one)] : []),
};

export const verifications: RecordForm<VerificationRecord> = {
  kind: 'verification',
  schema: verificationRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [verificationKey(cluster, one)] : []),
};

/** Writes the protection record of a backup, as `protect` does. */
export async function writeIntent(repository: ClusterStore, intent: IntentRecord): Promise<boolean> {
  return await protect(repository, BACKUP_PROTOCOL, intent.backupId, { form: intents, record: intent });
}

/** The protection record of a backup in progress. */
export async function readIntent(repository: ClusterStore, backupId: string): Promise<IntentRecord | undefined> {
  return (await readOwn(repository, intents, layout.intent(repository.cluster, backupId)))?.record;
}

/** Records how an intent ended that did not become a backup, as `close` does. */
export async function closeIntent(
  repository: ClusterStore,
  closed: { backupId: string; end: ClosedEnd; failure?: ClosedRecord['failure'] },
): Promise<boolean> {
  const { cluster } = repository;
  return await close<ClosedRecord>(repository, closings, (closedAt) => ({
    key: layout.closedRecord(cluster, closed.backupId, closed.end),
    record: { ...closed, cluster, format: FORMAT, closedAt },
  }));
}

/**
 * The audit record of an operation, under its start time; the run's name is added if that name is taken by another run
 * of the same second or by someone else. True: this call made it; false: this run's record existed.
 */
export async function writeOperation(repository: ClusterStore, operation: OperationRecord): Promise<boolean> {
  const [plain = '', own = ''] = operationKeys(repository.cluster, operation);
  const first = await writeProved(repository, operations, plain, operation).catch((error: unknown) => {
    if (error instanceof NameTaken) return undefined;
    throw error;
  });
  if (first?.record.firstRunId === operation.firstRunId) return first.made;
  return (await writeProved(repository, operations, own, operation)).made;
}

function operationKeys(
  cluster: string,
  { startedAt, workflowId, firstRunId }: Pick<OperationRecord, 'startedAt' | 'workflowId' | 'firstRunId'>,
): string[] {
  const at = new Date(startedAt);
  return [layout.operation(cluster, at, workflowId), layout.operationOf(cluster, at, workflowId, firstRunId)];
}

/** "In use by a restore" until it expires; renewed by a new lease. */
export async function writeLease(repository: ClusterStore, lease: LeaseRecord): Promise<boolean> {
  const { cluster } = repository;
  return (await writeProved(repository, leases, leaseKey(cluster, lease), { ...lease, cluster })).made;
}

const leaseKey = (cluster: string, { kind = 'backup', backupId, expiresAt, holder }: LeaseRecord): string =>
  layout.lease(cluster, kind, backupId, new Date(expiresAt), holder);

/** The result of verifying a backup. */
export async function writeVerification(
  repository: ClusterStore,
  verification: VerificationRecord,
): Promise<{ key: string; made: boolean; record: VerificationRecord; sha256: string }> {
  const { cluster } = repository;
  const record = { ...verification, cluster };
  const key = verificationKey(cluster, record);
  return { key, ...(await writeProved(repository, verifications, key, record)) };
}

const verificationKey = (
  cluster: string,
  { kind = 'backup', backupId, verifiedAt, level, ok }: VerificationRecord,
): string => layout.verification(cluster, kind, backupId, new Date(verifiedAt), level, ok);
