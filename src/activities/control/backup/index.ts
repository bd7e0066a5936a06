import type { ControlDependencies } from '../dependencies';
import { makeCommitManifest } from './commit-manifest';
import { makeDumpSchema } from './dump-schema';
import { makeExportSnapshot } from './export-snapshot';
import { makeOpenBackup } from './open-backup';
import { makePlanCopies } from './plan-copies';
import { makePreflightBackup } from './preflight-backup';

export function createBackupActivities(dependencies: ControlDependencies) {
  return {
    commitManifest: makeCommitManifest(dependencies),
    dumpSchema: makeDumpSchema(dependencies),
    exportSnapshot: makeExportSnapshot(dependencies),
    openBackup: makeOpenBackup(dependencies),
    planCopies: makePlanCopies(dependencies),
    preflightBackup: makePreflightBackup(dependencies),
  };
}
