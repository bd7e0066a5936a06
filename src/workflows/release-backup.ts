import { releaseBackupInput, type HoldBackupInput, type HoldBackupResult } from '../contract';
import { changeOne } from './retention/change-one';
import { shortStep } from './run/policies';
import { ownCluster } from './run/run-context';

/** Ends the hold of `holdBackup`: the policies decide again. */
export async function releaseBackup(input: HoldBackupInput): Promise<HoldBackupResult> {
  return await changeOne(
    {
      name: 'releaseBackup',
      input: releaseBackupInput,
      subject: ({ backup }) => `Release of ${backup} in ${ownCluster()}`,
      complete: ({ backupId }) => `${backupId} is kept only by the policies now.`,
    },
    input,
    async (settings, change) => {
      const step = shortStep(settings, `release ${change.backup}`);
      const { database } = await step.changeHold({ ...change, change: 'released' });
      return { database, result: { backupId: change.backup } };
    },
  );
}
