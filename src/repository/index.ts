/** The bucket's contents: layout, records written once, every read checked. Knows nothing of Temporal. */
export { readArtefact, writeArtefact, type ArtefactContent } from './backups/artefacts';
export { parseBackupId, type ParsedBackupId } from './backups/backup-id';
export { BUCKET_ROLES, bucketPolicy, type BucketPolicy, type BucketRole } from './bucket-policy';
export {
  detailBackups,
  detailDumps,
  readAccount,
  type BackupDetails,
  type DumpDetails,
} from './backups/backup-details';
export { listOperations, type FoundOperations, type OperationsAsked } from './records/operations';
export {
  isFutureDated,
  listBackups,
  newestBackup,
  readBackup,
  readTrusted,
  verdictOf,
  type BackupEntry,
  type BackupState,
  type NewestBackup,
} from './catalogue';
export type { ClusterStore } from './cluster-store';
export {
  listPointInTime,
  ownSnapshots,
  readSnapshotRecord,
  writePointInTime,
  writeSnapshotRecord,
} from './records/cluster-records';
export { findBases, type Bases, type KnownTablet } from './backups/bases';
export { chooseFiles, type ChosenFiles } from './backups/known-files';
export { checkCompleteness, type Completeness } from './backups/completeness';
export type { DumpContent, DumpFile, DumpManifest, DumpPart } from './dumps/dump-schema';
export {
  closeDump,
  commitDump,
  findCommittedDump,
  findDumpPart,
  isDumpCommitted,
  listDumps,
  parseDumpId,
  readDump,
  readDumpIntent,
  readLoadableDump,
  totalsOf,
  writeDumpIntent,
  writeDumpPart,
  type DumpEntry,
  type DumpPartRef,
  type StoredDump,
} from './dumps/dumps';
export { readFilesOf, type OnUnreadable } from './backups/backup-files';
export { decodeName, encodeKeyPart, encodeName } from './layout/encode-name';
export {
  relativeToCluster,
  inCluster,
  layout,
  ownerOfKey,
  type BackupFolder,
  type ClosedEnd,
  type DumpPartName,
  type ReplicaName,
} from './layout/layout';
export { segmentRef } from './backups/manifest-schema';
export type { ArtefactKind, ArtefactRef, ManifestHeader, SegmentLine, SegmentRef } from './backups/manifest-schema';
export { findMaking, readMaking, writeMaking, type MakingRecord } from './records/makings';
export {
  commitManifest,
  findCommitted,
  isCommitted,
  manifestBytes,
  readManifest,
  type CommittedManifest,
  type StoredManifest,
} from './backups/manifests';
export { BACKUP_KINDS, type BackupKind } from './layout/layout';
export {
  deletionOf,
  holdOf,
  isDeleted,
  isGone,
  listDeletions,
  listHolds,
  changeOf,
  undelete,
  writeHold,
  writeTombstone,
  type DeletionLink,
  type HoldLink,
} from './retention/deletions';
export { listFailed, tooLate } from './retention/intents';
export { leasesOn, liveLeases, type Lease } from './retention/leases';
export { newestPolicies, writePolicies } from './retention/policies';
export { referencesOf } from './retention/references';
export { lockedCluster, lockedStore } from './locks/locked-store';
export { extendLocks, type RequestedLock } from './locks/extend-locks';
export { sweep, type SweepResult } from './retention/sweep';
export { compactSchedules } from './retention/superseded-schedules';
export { openRepository, withSignal, type RepositoryOptions } from './open-repository';
export { probeStore, probeStoreLightly, type LockSettings, type ProbeResult } from './probe';
export {
  closedRecord,
  clusterRecord,
  FORMAT,
  intentRecord,
  leaseRecord,
  objectLock,
  operationRecord,
  repositoryRecord,
  verificationRecord,
  type ClosedRecord,
  type IntentRecord,
  type LeaseRecord,
  type OperationRecord,
  type PointInTimeRecord,
  type ScheduleRecord,
  type VerificationRecord,
} from './records/record-schemas';
export { snapshotId, tabletId, tserverUuid, pathInSnapshot, sha256, count } from './records/recorded-fields';
export { registerCluster, registeredUniverse } from './records/register-cluster';
export { isRepositoryError, RepositoryError, type RepositoryErrorKind } from './repository-error';
export { listClusters } from './list-clusters';
export { newestRehearsal, REHEARSAL, writeRehearsal, type Rehearsal, type RehearsalRecord } from './records/rehearsals';
export { newestSchedules, writeSchedule } from './records/schedule-records';
export { readSegment, readSegments, segmentLineOf, writeSegment, type SegmentContent } from './backups/segments';
export { getWorkList, putWorkList, type WorkListContent, type WorkListRef } from './backups/work-lists';
export { digestOf, isInSample, storedFilesOf, storedFilesOfDump, type StoredFile } from './verification/stored-files';
export {
  toBadFile,
  findProof,
  knownBadObjects,
  readProofs,
  writeProof,
  type NewProof,
  type BadFile,
  type KnownBadObject,
  type ProofRecord,
  type Proofs,
} from './verification/proofs';
export {
  placesOf,
  readRepairs,
  writeRepair,
  type OtherPlace,
  type RepairedFile,
  type RepairRecord,
  type Repairs,
} from './verification/repairs';
export { readPlaces, type FoundPlace } from './verification/read-places';
export { checkStoredObjects } from './verification/check-stored-objects';
export { damageText, listVerifications, provedVerdict, readVerification, type Verdict } from './verification/verdicts';
export { NameTaken } from './signing/name-taken';
export type { LeftOut } from './signing/proved-records';
export { newSigningKey, PUBLIC_KEY_TEXT, signingKeyOf } from './signing/keys';
export { signerTrustOf, trustOf, Untrusted, type MissingSignature, type Trust } from './signing/trust';
export {
  closeIntent,
  readIntent,
  writeIntent,
  writeLease,
  writeOperation,
  writeVerification,
} from './records/write-records';
