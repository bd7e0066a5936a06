import { deleteBackupInput, DELETE_BACKUP_PHASES, type DeleteBackupInput, type DeleteBackupResult } from '../contract';
import { onJanitor } from './run/policies';
import { ownChain, ownCluster } from './run/run-context';
import { runOperation } from './run/run-operation';
import { explainJanitorTimeout } from './retention/explain-janitor-timeout';
import { recorded } from './run/recorded';

/** Deletes a backup or dump: it can't be restored from now on, and its objects are removed after the grace time. */
export async function deleteBackup(input: DeleteBackupInput): Promise<DeleteBackupResult> {
  let database: string | undefined;
  return await runOperation(
    {
      name: 'deleteBackup',
      input: deleteBackupInput,
      phases: DELETE_BACKUP_PHASES,
      subject: ({ backup }) => `Deletion of ${backup} in ${ownCluster()}`,
      complete: ({ backupId, removedFrom }) => `${backupId} is deleted; its objects are removed after ${removedFrom}.`,
    },
    input,
    async (begun) =>
      await recorded({ begun, databaseOf: () => database }, async () => {
        const { settings, request, progress } = begun;
        progress.enter('record');
        const { database: of, ...told } = await explainJanitorTimeout(
          settings,
          async () =>
            await onJanitor(settings, `delete ${request.backup}`).deleteNamed({ chain: ownChain(), ...request }),
        );
        database = of;
        return { backupId: request.backup, ...told };
      }),
  );
}
