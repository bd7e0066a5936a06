import { undeleteBackupInput, DELETE_BACKUP_PHASES, type HoldBackupInput, type HoldBackupResult } from '../contract';
import { onJanitor } from './run/policies';
import { ownChain, ownCluster } from './run/run-context';
import { runOperation } from './run/run-operation';
import { explainJanitorTimeout } from './retention/explain-janitor-timeout';
import { recorded } from './run/recorded';

/** Takes back the deletion of a backup or dump, as long as none of its objects has been removed. */
export async function undeleteBackup(input: HoldBackupInput): Promise<HoldBackupResult> {
  let database: string | undefined;
  return await runOperation(
    {
      name: 'undeleteBackup',
      input: undeleteBackupInput,
      phases: DELETE_BACKUP_PHASES,
      subject: ({ backup }) => `Undeletion of ${backup} in ${ownCluster()}`,
      complete: ({ backupId }) => `${backupId} can be restored again.`,
    },
    input,
    async (begun) =>
      await recorded({ begun, databaseOf: () => database }, async () => {
        const { settings, request, progress } = begun;
        progress.enter('record');
        const { database: of, ...told } = await explainJanitorTimeout(
          settings,
          async () =>
            await onJanitor(settings, `undelete ${request.backup}`).undeleteNamed({ chain: ownChain(), ...request }),
        );
        database = of;
        return { backupId: request.backup, ...told };
      }),
  );
}
