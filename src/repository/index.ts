/** The bucket's contents: layout, records written once, every read checked. Knows nothing of Temporal. */
export { readArtefact, writeArtefact } from './backups/artefacts';
export { parseBackupId } from './backups/backup-id';
export { BUCKET_ROLES, bucketPolicy, type BucketRole } from './bucket-policy';
export { accountOf, readAccount } from './backups/accounts';
export { detailBackups, detailDumps, type BackupDetails, type DumpDetails } from './backups/backup-details';
export { listOperations, type FoundOperations, type OperationQuery } from './records/operations';
export {
  isFutureDated,
  listBackups,
  newestBackup,
  readBackup,
  readTrusted,
  readTrustedWithoutLists,
  verdictOf,
  type BackupEntry,
  type BackupState,
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
export type { DumpContent, DumpFile, DumpPart } from './dumps/dump-schema';
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
export { relativeToCluster, inCluster, layout, ownerOfKey, type DumpPartName } from './layout/layout';
export { segmentRef } from './backups/manifest-schema';
export type {
  ArtefactKind,
  ArtefactRef,
  ManifestHeader,
  HeaderWithoutLists,
  SegmentLine,
  SegmentRef,
} from './backups/manifest-schema';
export { withoutLists } from './backups/manifest-lists';
export { readSummaries, writeSummaries } from './backups/summaries';
export { findMaking, readMaking, writeMaking, type MakingRecord } from './records/makings';
export {
  commitManifest,
  findCommitted,
  isCommitted,
  manifestBytes,
  readManifest,
  type StoredManifest,
} from './backups/manifests';
export { BACKUP_KINDS, type BackupKind } from './layout/layout';
export {
  deletionOf,
  holdOf,
  isDeleted,
  listDeletions,
  listHolds,
  changeOf,
  undelete,
  writeHold,
  writeTombstone,
  type HoldLink,
} from './retention/deletions';
export { listFailed, tooLate } from './retention/intents';
export { leasesOn, liveLeases, type Lease } from './retention/leases';
export { newestPolicies, writePolicies } from './retention/policies';
export { referencesOf } from './retention/references';
export { lockedCluster, lockedStore } from './locks/locked-store';
export { extendLocks, linesLocked, type RequestedLock } from './locks/extend-locks';
export { sweep } from './retention/sweep';
export { compactSchedules } from './retention/superseded-schedules';
export { openRepository, withSignal } from './open-repository';
export { probeStore, probeStoreLightly } from './probe';
export {
  FORMAT,
  objectLock,
  type IntentRecord,
  type OperationRecord,
  type PointInTimeRecord,
  type ScheduleRecord,
  type VerificationRecord,
} from './records/record-schemas';
export { snapshotId, tabletId, pathInSnapshot, sha256, count } from './records/recorded-fields';
export { registerCluster, registeredUniverse } from './records/register-cluster';
export { isRepositoryError, RepositoryError } from './repository-error';
export { listClusters } from './list-clusters';
export { newestRehearsal, REHEARSAL, writeRehearsal } from './records/rehearsals';
export { newestSchedules, writeSchedule } from './records/schedule-records';
export { readSegment, readSegments, writeSegment } from './backups/segments';
export { getWorkList, putWorkList, type WorkListRef } from './backups/work-lists';
export { digestOf, isInSample, storedFilesOf, storedFilesOfDump, type StoredFile } from './verification/stored-files';
export {
  toBadFile,
  findProof,
  readProofs,
  writeProof,
  type NewProof,
  type BadFile,
  type KnownBadObject,
  type Proofs,
} from './verification/proofs';
export {
  placesOf,
  readRepairs,
  writeRepair,
  type OtherPlace,
  type RepairedFile,
  type Repairs,
} from './verification/repairs';
export { readPlaces } from './verification/read-places';
export { checkStoredObjects } from './verification/check-stored-objects';
export { damageText, listVerifications, provedVerdict, readVerification, type Verdict } from './verification/verdicts';
export { NameTaken } from './signing/name-taken';
export { newSigningKey, signingKeyOf } from './signing/keys';
export { signerTrustOf, trustOf, Untrusted, type Trust } from './signing/trust';
export {
  closeIntent,
  readIntent,
  writeIntent,
  writeLease,
  writeOperation,
  writeVerification,
} from './records/write-records';
