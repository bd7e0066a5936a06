import { KALPA_VERSION } from '../../../config';
import { FORMAT, writePointInTime, type PointInTimeRecord } from '../../../repository';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';

export interface RecordPointInTimeInput extends Pick<
  PointInTimeRecord,
  'database' | 'at' | 'schedule' | 'catalogVersion'
> {
  guarded: Guarded;
}

/** Records the request, so that a schedule changed by hand is noticed. */
export function makeRecordPointInTime(dependencies: ControlDependencies) {
  return async function recordPointInTime({ guarded, ...record }: RecordPointInTimeInput): Promise<void> {
    await confirmGuardians(dependencies, guarded);
    await writePointInTime(dependencies.repository, {
      ...record,
      format: FORMAT,
      workflowId: guarded.chain.workflowId,
      kalpaVersion: KALPA_VERSION,
    });
  };
}
