import { KALPA_VERSION } from '../../../config';
import { FORMAT, writeSnapshotRecord } from '../../../repository';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import type { DescribedSnapshot } from './describe-snapshot';
import { confirmGuardians } from '../lock/guardian-state';

export interface RecordSnapshotInput extends DescribedSnapshot {
  guarded: Guarded;
  snapshotId: string;
  database: string;
}

/** Records that Kalpa made the snapshot: one without this record is foreign and never deleted. */
export function makeRecordSnapshot(dependencies: ControlDependencies) {
  return async function recordSnapshot({ guarded, ...snapshot }: RecordSnapshotInput): Promise<void> {
    await confirmGuardians(dependencies, guarded);
    await writeSnapshotRecord(dependencies.repository, {
      ...snapshot,
      format: FORMAT,
      workflowId: guarded.chain.workflowId,
      firstRunId: guarded.chain.firstExecutionRunId,
      kalpaVersion: KALPA_VERSION,
    });
  };
}
