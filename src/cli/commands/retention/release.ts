import type { Command } from 'commander';
import type { CommandContext } from '../../core/session';
import { namedBackupCommand } from '../../run/named-backup-command';

/** `kalpa release <backup>`. */
export const releaseCommand = (context: CommandContext): Command =>
  namedBackupCommand(context, {
    name: 'release',
    description: 'Release a hold: the policies apply again.',
    operation: 'releaseBackup',
    exampleReason: 'the audit is over',
    done: ({ backupId }) => `released  ${backupId}`,
  });
