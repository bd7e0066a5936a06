import type { BackUpDatabaseInput } from '../../../contract';
import { given } from '../../../objects/given';
import { lockedCluster, writeIntent } from '../../../repository';
import type { BackupIdentity, Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { lockOfNew } from '../run/object-lock';
import { writeProtection } from '../run/protected-object';

export interface OpenBackupInput {
  guarded: Guarded;
  backup: BackupIdentity;
  request: BackUpDatabaseInput;
}

/** Writes the protection record, as `writeProtection` says. */
export function makeOpenBackup(dependencies: ControlDependencies) {
  return async function openBackup({ guarded, backup, request }: OpenBackupInput): Promise<void> {
    const { backupId, database, chain, startedAt } = backup;
    const { label, keepFor } = request;
    const lock = await lockOfNew(dependencies, { kind: 'backup', database, label, keepFor });
    await writeProtection(dependencies, { guarded, chain, startedAt }, (common) =>
      writeIntent(lockedCluster(dependencies.repository, lock), {
        ...{ ...common, backupId, database },
        ...given({ label, keepFor, lock }),
      }),
    );
  };
}
