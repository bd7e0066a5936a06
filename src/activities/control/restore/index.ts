import type { ControlDependencies } from '../dependencies';
import { makeImportSnapshot } from './import-snapshot';
import { makeLoadSchema } from './load-schema';
import { makeNameDatabase } from './name-database';
import { nameScratch } from './name-scratch';
import { makeLookAtOtherSchemas, makeOtherSchemasSince } from './other-schemas';
import { makePlanPlacement } from './plan-placement';
import { makePreflightRestore } from './preflight-restore';
import { makeRestoreSequences } from './restore-sequences';
import { makeVerifyRestored } from './verify-restored';

/** Activities of restores. */
export function createRestoreActivities(dependencies: ControlDependencies) {
  return {
    importSnapshot: makeImportSnapshot(dependencies),
    loadSchema: makeLoadSchema(dependencies),
    lookAtOtherSchemas: makeLookAtOtherSchemas(dependencies),
    nameDatabase: makeNameDatabase(dependencies),
    nameScratch,
    otherSchemasSince: makeOtherSchemasSince(dependencies),
    planPlacement: makePlanPlacement(dependencies),
    preflightRestore: makePreflightRestore(dependencies),
    restoreSequences: makeRestoreSequences(dependencies),
    verifyRestored: makeVerifyRestored(dependencies),
  };
}
