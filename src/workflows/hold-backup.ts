import { holdBackupInput, type HoldBackupInput, type HoldBackupResult } from '../contract';
import { changeOne } from './retention/change-one';
import { shortStep } from './run/policies';
import { ownCluster } from './run/run-context';

/** Keeps a backup or dump, whatever the policies say, until it is released. */
export async function holdBackup(input: HoldBackupInput): Promise<HoldBackupResult> {
  return await changeOne(
    {
      name: 'holdBackup',
      input: holdBackupInput,
      subject: ({ backup }) => `Hold of ${backup} in ${ownCluster()}`,
      complete: ({ backupId }) => `${backupId} stays until it is released.`,
    },
    input,
    async (settings, change) => {
      const step = shortStep(settings, `hold ${change.backup}`);
      const { database } = await step.changeHold({ ...change, change: 'held' });
      return { database, result: { backupId: change.backup } };
    },
  );
}
