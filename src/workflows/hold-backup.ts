import { holdBackupInput, DELETE_BACKUP_PHASES, type HoldBackupInput, type HoldBackupResult } from '../contract';
import { shortStep } from './run/policies';
import { ownChain, ownCluster } from './run/run-context';
import { runOperation } from './run/run-operation';
import { recorded } from './run/recorded';

/** Keeps a backup or dump, whatever the policies say, until it is released. */
export async function holdBackup(input: HoldBackupInput): Promise<HoldBackupResult> {
  let database: string | undefined;
  return await runOperation(
    {
      name: 'holdBackup',
      input: holdBackupInput,
      phases: DELETE_BACKUP_PHASES,
      subject: ({ backup }) => `Hold of ${backup} in ${ownCluster()}`,
      complete: ({ backupId }) => `${backupId} stays until it is released.`,
    },
    input,
    async (begun) =>
      await recorded({ begun, databaseOf: () => database }, async () => {
        const { settings, request, progress } = begun;
        progress.enter('record');
        const change = { chain: ownChain(), ...request, change: 'held' as const };
        ({ database } = await shortStep(settings, `hold ${request.backup}`).changeHold(change));
        return { backupId: request.backup };
      }),
  );
}
