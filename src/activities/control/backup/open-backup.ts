import type { BackUpDatabaseInput } from '../../../contract';
import { given } from '../../../objects/given';
import { writeIntent } from '../../../repository';
import type { BackupIdentity, Guarded } from '../../shapes';
import type { ControlDependencies } from '../dependencies';
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
    await writeProtection(dependencies, { guarded, chain, startedAt }, (common) =>
      writeIntent(dependencies.repository, { ...common, backupId, database, ...given({ label, keepFor }) }),
    );
  };
}
