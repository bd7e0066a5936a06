import { undeleteBackupInput, type HoldBackupInput, type HoldBackupResult } from '../contract';
import { explainJanitorTimeout } from './retention/explain-janitor-timeout';
import { changeOne } from './retention/change-one';
import { onJanitor } from './run/policies';
import { ownCluster } from './run/run-context';

/** Takes back the deletion of a backup or dump, as long as none of its objects has been removed. */
export async function undeleteBackup(input: HoldBackupInput): Promise<HoldBackupResult> {
  return await changeOne(
    {
      name: 'undeleteBackup',
      input: undeleteBackupInput,
      subject: ({ backup }) => `Undeletion of ${backup} in ${ownCluster()}`,
      complete: ({ backupId }) => `${backupId} can be restored again.`,
    },
    input,
    async (settings, change) => {
      const { database } = await explainJanitorTimeout(
        settings,
        async () => await onJanitor(settings, `undelete ${change.backup}`).undeleteNamed(change),
      );
      return { database, result: { backupId: change.backup } };
    },
  );
}
