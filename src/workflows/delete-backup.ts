import { deleteBackupInput, type DeleteBackupInput, type DeleteBackupResult } from '../contract';
import { explainJanitorTimeout } from './retention/explain-janitor-timeout';
import { changeOne } from './retention/change-one';
import { onJanitor } from './run/policies';
import { ownCluster } from './run/run-context';

/** Deletes a backup or dump: it can't be restored from now on, and its objects are removed after the grace time. */
export async function deleteBackup(input: DeleteBackupInput): Promise<DeleteBackupResult> {
  return await changeOne(
    {
      name: 'deleteBackup',
      input: deleteBackupInput,
      subject: ({ backup }) => `Deletion of ${backup} in ${ownCluster()}`,
      complete: ({ backupId, removedFrom }) => `${backupId} is deleted; its objects are removed after ${removedFrom}.`,
    },
    input,
    async (settings, change) => {
      const { database, ...told } = await explainJanitorTimeout(
        settings,
        async () => await onJanitor(settings, `delete ${change.backup}`).deleteNamed(change),
      );
      return { database, result: { backupId: change.backup, ...told } };
    },
  );
}
