import { makeCommitDump } from './commit-dump';
import { makeCommitManifest } from './commit-manifest';
import { makeCreateSnapshot } from './create-snapshot';
import { makeDeleteSnapshot } from './delete-snapshot';
import type { ControlDependencies } from './dependencies';
import { makeDumpSchema } from './dump-schema';
import { makeDumpText } from './dump-text';
import { makeExportSnapshot } from './export-snapshot';
import { makeFindBackup } from './find-backup';
import { makeFindDump } from './find-dump';
import { makeFindGuardian } from './find-guardian';
import { makeFingerprintTables } from './fingerprint-tables';
import { makeImportSnapshot } from './import-snapshot';
import { makeInspect } from './inspect';
import { makeListBatchTablets } from './list-batch-tablets';
import { makeListNodes } from './list-nodes';
import { makeListSnapshotIds } from './list-snapshot-ids';
import { makeLoadSchema } from './load-schema';
import { makeLoadText } from './load-text';
import { makeLookBeforeRestore } from './look-before-restore';
import { makeLookBeforeSnapshot } from './look-before-snapshot';
import { makeNameDatabase } from './name-database';
import { makeOpenBackup } from './open-backup';
import { makeOpenDump } from './open-dump';
import { makePlanCopies } from './plan-copies';
import { makePlanPlacement } from './plan-placement';
import { makePreflightBackup } from './preflight-backup';
import { makePreflightDump } from './preflight-dump';
import { makePreflightLoad } from './preflight-load';
import { makePreflightRestore } from './preflight-restore';
import { makePreflightUnfound } from './preflight-unfound';
import { makeReadLoadBalancer } from './read-load-balancer';
import { makeReadSettings } from './read-settings';
import { makeRecordOperation } from './record-operation';
import { makeRestoreSequences } from './restore-sequences';
import { makeRestoreSnapshot } from './restore-snapshot';
import { makeSetLoadBalancer } from './set-load-balancer';
import { makeUndo } from './undo';
import { makeVerifyLoaded } from './verify-loaded';
import { makeVerifyRestored } from './verify-restored';
import { makeWaitForGuardianEnd } from './wait-for-guardian-end';
import { makeWaitForRestoration } from './wait-for-restoration';
import { makeWaitForSnapshot } from './wait-for-snapshot';
import { makeWaitUntilFree } from './wait-until-free';
import { makeWatchOwner } from './watch-owner';

/** Every activity that runs beside the masters. */
export function makeControlActivities(dependencies: ControlDependencies) {
  return {
    commitDump: makeCommitDump(dependencies),
    commitManifest: makeCommitManifest(dependencies),
    createSnapshot: makeCreateSnapshot(dependencies),
    deleteSnapshot: makeDeleteSnapshot(dependencies),
    dumpSchema: makeDumpSchema(dependencies),
    dumpText: makeDumpText(dependencies),
    exportSnapshot: makeExportSnapshot(dependencies),
    findBackup: makeFindBackup(dependencies),
    findDump: makeFindDump(dependencies),
    findGuardian: makeFindGuardian(dependencies),
    fingerprintTables: makeFingerprintTables(dependencies),
    importSnapshot: makeImportSnapshot(dependencies),
    inspect: makeInspect(dependencies),
    listBatchTablets: makeListBatchTablets(dependencies),
    listNodes: makeListNodes(dependencies),
    listSnapshotIds: makeListSnapshotIds(dependencies),
    loadSchema: makeLoadSchema(dependencies),
    loadText: makeLoadText(dependencies),
    lookBeforeRestore: makeLookBeforeRestore(dependencies),
    lookBeforeSnapshot: makeLookBeforeSnapshot(dependencies),
    nameDatabase: makeNameDatabase(dependencies),
    openBackup: makeOpenBackup(dependencies),
    openDump: makeOpenDump(dependencies),
    planCopies: makePlanCopies(dependencies),
    planPlacement: makePlanPlacement(dependencies),
    preflightBackup: makePreflightBackup(dependencies),
    preflightDump: makePreflightDump(dependencies),
    preflightLoad: makePreflightLoad(dependencies),
    preflightRestore: makePreflightRestore(dependencies),
    preflightUnfound: makePreflightUnfound(dependencies),
    readLoadBalancer: makeReadLoadBalancer(dependencies),
    readSettings: makeReadSettings(dependencies),
    recordOperation: makeRecordOperation(dependencies),
    restoreSequences: makeRestoreSequences(dependencies),
    restoreSnapshot: makeRestoreSnapshot(dependencies),
    setLoadBalancer: makeSetLoadBalancer(dependencies),
    undo: makeUndo(dependencies),
    verifyLoaded: makeVerifyLoaded(dependencies),
    verifyRestored: makeVerifyRestored(dependencies),
    waitForGuardianEnd: makeWaitForGuardianEnd(dependencies),
    waitForRestoration: makeWaitForRestoration(dependencies),
    waitForSnapshot: makeWaitForSnapshot(dependencies),
    waitUntilFree: makeWaitUntilFree(dependencies),
    watchOwner: makeWatchOwner(dependencies),
  };
}

export type ControlActivities = ReturnType<typeof makeControlActivities>;
