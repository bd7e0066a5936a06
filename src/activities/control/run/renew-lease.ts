import type { BackupKind } from '../../../repository';
import type { ControlDependencies } from '../dependencies';
import { takeLease } from '../lookup/take-lease';

/** What a run reads. */
export interface RenewLeaseInput {
  kind: BackupKind;
  id: string;
  /** In whose part of the bucket it is. */
  cluster: string;
}

/** "This run still reads it". Run twice, it writes the record twice or finds it. */
export function makeRenewLease(dependencies: ControlDependencies) {
  return async function renewLease({ kind, id, cluster }: RenewLeaseInput): Promise<void> {
    await takeLease(dependencies, { kind, id, cluster });
  };
}
