import { checkedActivities } from '../inputs/checked-activities';
import { controlInputs } from '../inputs/control';
import { makeCarrySequences } from './carry-sequences';
import { makeDeleteSnapshotSchedule, makeEditSnapshotSchedule } from './change-snapshot-schedule';
import { makeCommitDump } from './commit-dump';
import { makeCommitManifest } from './commit-manifest';
import { makeCompareClocks } from './compare-clocks';
import { makePassLimits } from './copies/pass-limits';
import { makeReadCopies } from './copies/read-copies';
import { makeCreateSnapshot } from './create-snapshot';
import { makeCreateSnapshotSchedule } from './create-snapshot-schedule';
import { makeDeleteSnapshot } from './delete-snapshot';
import type { ControlDependencies } from './dependencies';
import { makeDescribeRelease } from './describe-release';
import { makeDescribeSnapshot } from './describe-snapshot';
import { makeConfirmKeyspace, makeDumpKeyspace, makeDumpTable } from './dump-keyspace';
import { makeDumpSchema } from './dump-schema';
import { makeDumpText } from './dump-text';
import { makeEndSessions } from './end-sessions';
import { makeExportSnapshot } from './export-snapshot';
import { makeFindGuardian } from './lock/find-guardian';
import { makeRecordBrokenOff } from './lock/record-broken-off';
import { makeLookForSnapshot } from './find-snapshot';
import { makeFingerprintTables } from './fingerprint/fingerprint-tables';
import { makeImportSnapshot } from './import-snapshot';
import { makeInspect } from './inspect';
import { makeListBatchTablets } from './list-batch-tablets';
import { makeListNodes } from './list-nodes';
import { makeListSnapshotIds } from './list-snapshot-ids';
import { makeCreateKeyspace, makeLoadTable, makeVerifyLoadedTable } from './load-keyspace';
import { makeLoadSchema } from './load-schema';
import { makeLoadText } from './load-text';
import { makeLookAfterRecovery } from './look-after-recovery';
import { makeLookBeforeRestore } from './look-before-restore';
import { makeLookBeforeSnapshot } from './look-before-snapshot';
import { makeNameDatabase } from './name-database';
import { nameScratch } from './name-scratch';
import { makeOpenBackup } from './open-backup';
import { makeOpenDump } from './open-dump';
import { makeLookAtOtherSchemas, makeOtherSchemasSince } from './other-schemas';
import { makePlanCopies } from './plan-copies';
import { makePlanPlacement } from './plan-placement';
import { makeFindBackup, makeFindDump, makeFindSnapshot, makeSurveyNodes } from './preflight/find';
import { makePreflightBackup } from './preflight/preflight-backup';
import { makePreflightCopy } from './preflight/preflight-copy';
import { preflightDeleteSnapshot } from './preflight/preflight-delete-snapshot';
import { makePreflightDump } from './preflight/preflight-dump';
import { makePreflightLoad } from './preflight/preflight-load';
import { makePreflightLoadKeyspace } from './preflight/preflight-load-keyspace';
import { makePreflightRecovery } from './preflight/preflight-recovery';
import { makePreflightRestore } from './preflight/preflight-restore';
import { makePreflightRestoreSnapshot } from './preflight/preflight-restore-snapshot';
import { makePreflightSchedule } from './preflight/preflight-schedule';
import { makePreflightSnapshot } from './preflight/preflight-snapshot';
import { makePreflightUnfound } from './preflight/preflight-unfound';
import { makeReadContent } from './content/read-content';
import { makeReadLoadBalancer } from './read-load-balancer';
import { makeReadSettings } from './read-settings';
import { makeRecordOperation } from './record-operation';
import { makeRecordPointInTime } from './record-point-in-time';
import { makeRecordSnapshot } from './record-snapshot';
import { makeRestoreSequences } from './restore-sequences';
import { makeRestoreSnapshot } from './restore-snapshot';
import { makeRewindDatabase } from './rewind-database';
import { makeSetLoadBalancer } from './set-load-balancer';
import { makeStartClone, makeWaitForClone } from './start-clone';
import { makeUndo } from './undo/undo';
import { makeVerifyLoaded } from './load/verify-loaded';
import { makeVerifyRestored } from './verify-restored';
import { makeWaitForFirstSnapshot } from './wait-for-first-snapshot';
import { makeWaitForGuardianEnd } from './lock/wait-for-guardian-end';
import { makeWaitForRestoration } from './wait-for-restoration';
import { makeWaitForSnapshot } from './wait-for-snapshot';
import { makeWaitUntilDeleted } from './wait-until-deleted';
import { makeWaitUntilFree } from './lock/wait-until-free';
import { makeWatchOwner } from './lock/watch-owner';

/** Every activity that runs beside the masters, behind its schema. */
export function makeControlActivities(dependencies: ControlDependencies) {
  return checkedActivities(
    {
      carrySequences: makeCarrySequences(dependencies),
      commitDump: makeCommitDump(dependencies),
      commitManifest: makeCommitManifest(dependencies),
      compareClocks: makeCompareClocks(dependencies),
      confirmKeyspace: makeConfirmKeyspace(dependencies),
      createKeyspace: makeCreateKeyspace(dependencies),
      createSnapshot: makeCreateSnapshot(dependencies),
      createSnapshotSchedule: makeCreateSnapshotSchedule(dependencies),
      deleteSnapshot: makeDeleteSnapshot(dependencies),
      deleteSnapshotSchedule: makeDeleteSnapshotSchedule(dependencies),
      describeRelease: makeDescribeRelease(dependencies),
      describeSnapshot: makeDescribeSnapshot(dependencies),
      dumpKeyspace: makeDumpKeyspace(dependencies),
      dumpSchema: makeDumpSchema(dependencies),
      dumpTable: makeDumpTable(dependencies),
      dumpText: makeDumpText(dependencies),
      editSnapshotSchedule: makeEditSnapshotSchedule(dependencies),
      endSessions: makeEndSessions(dependencies),
      exportSnapshot: makeExportSnapshot(dependencies),
      findBackup: makeFindBackup(dependencies),
      findDump: makeFindDump(dependencies),
      findGuardian: makeFindGuardian(dependencies),
      findSnapshot: makeFindSnapshot(dependencies),
      fingerprintTables: makeFingerprintTables(dependencies),
      importSnapshot: makeImportSnapshot(dependencies),
      inspect: makeInspect(dependencies),
      listBatchTablets: makeListBatchTablets(dependencies),
      listNodes: makeListNodes(dependencies),
      listSnapshotIds: makeListSnapshotIds(dependencies),
      loadSchema: makeLoadSchema(dependencies),
      loadTable: makeLoadTable(dependencies),
      loadText: makeLoadText(dependencies),
      lookAfterRecovery: makeLookAfterRecovery(dependencies),
      lookAtOtherSchemas: makeLookAtOtherSchemas(dependencies),
      lookForSnapshot: makeLookForSnapshot(dependencies),
      lookBeforeRestore: makeLookBeforeRestore(dependencies),
      lookBeforeSnapshot: makeLookBeforeSnapshot(dependencies),
      nameDatabase: makeNameDatabase(dependencies),
      nameScratch,
      openBackup: makeOpenBackup(dependencies),
      openDump: makeOpenDump(dependencies),
      otherSchemasSince: makeOtherSchemasSince(dependencies),
      passLimits: makePassLimits(dependencies),
      planCopies: makePlanCopies(dependencies),
      planPlacement: makePlanPlacement(dependencies),
      preflightBackup: makePreflightBackup(dependencies),
      preflightCopy: makePreflightCopy(dependencies),
      preflightDeleteSnapshot,
      preflightDump: makePreflightDump(dependencies),
      preflightLoad: makePreflightLoad(dependencies),
      preflightLoadKeyspace: makePreflightLoadKeyspace(dependencies),
      preflightRecovery: makePreflightRecovery(dependencies),
      preflightRestore: makePreflightRestore(dependencies),
      preflightRestoreSnapshot: makePreflightRestoreSnapshot(dependencies),
      preflightSchedule: makePreflightSchedule(dependencies),
      preflightSnapshot: makePreflightSnapshot(dependencies),
      preflightUnfound: makePreflightUnfound(dependencies),
      readCopies: makeReadCopies(dependencies),
      readContent: makeReadContent(dependencies),
      readLoadBalancer: makeReadLoadBalancer(dependencies),
      readSettings: makeReadSettings(dependencies),
      recordBrokenOff: makeRecordBrokenOff(dependencies),
      recordOperation: makeRecordOperation(dependencies),
      recordPointInTime: makeRecordPointInTime(dependencies),
      recordSnapshot: makeRecordSnapshot(dependencies),
      restoreSequences: makeRestoreSequences(dependencies),
      restoreSnapshot: makeRestoreSnapshot(dependencies),
      rewindDatabase: makeRewindDatabase(dependencies),
      setLoadBalancer: makeSetLoadBalancer(dependencies),
      startClone: makeStartClone(dependencies),
      surveyNodes: makeSurveyNodes(dependencies),
      undo: makeUndo(dependencies),
      verifyLoaded: makeVerifyLoaded(dependencies),
      verifyLoadedTable: makeVerifyLoadedTable(dependencies),
      verifyRestored: makeVerifyRestored(dependencies),
      waitForClone: makeWaitForClone(dependencies),
      waitForFirstSnapshot: makeWaitForFirstSnapshot(dependencies),
      waitForGuardianEnd: makeWaitForGuardianEnd(dependencies),
      waitForRestoration: makeWaitForRestoration(dependencies),
      waitForSnapshot: makeWaitForSnapshot(dependencies),
      waitUntilDeleted: makeWaitUntilDeleted(dependencies),
      waitUntilFree: makeWaitUntilFree(dependencies),
      watchOwner: makeWatchOwner(dependencies),
    },
    controlInputs,
  );
}

export type ControlActivities = ReturnType<typeof makeControlActivities>;
