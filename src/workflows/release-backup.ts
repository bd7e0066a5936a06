import { releaseBackupInput, DELETE_BACKUP_PHASES, type HoldBackupInput, type HoldBackupResult } from '../contract';
import { shortStep } from './run/policies';
import { ownChain, ownCluster } from './run/run-context';
import { runOperation } from './run/run-operation';
import { recorded } from './run/recorded';

/** Ends the hold of `holdBackup`: the policies decide again. */
export async function releaseBackup(input: HoldBackupInput): Promise<HoldBackupResult> {
  let database: string | undefined;
  return await runOperation(
    {
      name: 'releaseBackup',
      input: releaseBackupInput,
      phases: DELETE_BACKUP_PHASES,
      subject: ({ backup }) => `Release of ${backup} in ${ownCluster()}`,
      complete: ({ backupId }) => `${backupId} is kept by the policies alone now.`,
    },
    input,
    async (begun) =>
      await recorded({ begun, databaseOf: () => database }, async () => {
        const { settings, request, progress } = begun;
        progress.enter('record');
        const change = { chain: ownChain(), ...request, change: 'released' as const };
        ({ database } = await shortStep(settings, `release ${request.backup}`).changeHold(change));
        return { backupId: request.backup };
      }),
  );
}
