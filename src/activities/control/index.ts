import { checkedActivities } from '../inputs/checked-activities';
import { controlInputs } from '../inputs/control';
import type { ControlDependencies } from './dependencies';
import { createBackupActivities } from './backup';
import { makeReadContent } from './content/read-content';
import { makePassLimits } from './copies/pass-limits';
import { makeReadCopies } from './copies/read-copies';
import { createDumpActivities } from './dump';
import { makeFingerprintTables } from './fingerprint/fingerprint-tables';
import { makeInspect } from './inspect/inspect-cluster';
import { createLoadActivities } from './load';
import { createLockActivities } from './lock';
import { createLookupActivities } from './lookup';
import { createPitrActivities } from './pitr';
import { createRehearsalActivities } from './rehearsal';
import { createRestoreActivities } from './restore';
import { createRetentionActivities } from './retention';
import { createRunActivities } from './run';
import { createSnapshotActivities } from './snapshot';
import { createVerificationActivities } from './verification';
import { makeUndo } from './undo/undo';

/** Every activity that runs beside the masters, behind its schema. */
export function makeControlActivities(dependencies: ControlDependencies) {
  return checkedActivities(
    {
      ...createBackupActivities(dependencies),
      readContent: makeReadContent(dependencies),
      passLimits: makePassLimits(dependencies),
      readCopies: makeReadCopies(dependencies),
      ...createDumpActivities(dependencies),
      fingerprintTables: makeFingerprintTables(dependencies),
      inspect: makeInspect(dependencies),
      ...createLoadActivities(dependencies),
      ...createLockActivities(dependencies),
      ...createLookupActivities(dependencies),
      ...createPitrActivities(dependencies),
      ...createRehearsalActivities(dependencies),
      ...createRestoreActivities(dependencies),
      ...createRetentionActivities(dependencies),
      ...createRunActivities(dependencies),
      ...createSnapshotActivities(dependencies),
      ...createVerificationActivities(dependencies),
      undo: makeUndo(dependencies),
    },
    controlInputs,
  );
}

export type ControlActivities = ReturnType<typeof makeControlActivities>;
