import type { Command } from 'commander';
import type { CommandContext } from '../../core/session';
import { namedBackupCommand } from '../../run/named-backup-command';

/** `kalpa undelete <backup>`. */
export const undeleteCommand = (context: CommandContext): Command =>
  namedBackupCommand(context, {
    name: 'undelete',
    description: 'Revoke a deletion, as long as no object of the backup was removed.',
    operation: 'undeleteBackup',
    exampleReason: 'still needed',
    done: ({ backupId }) => `undeleted  ${backupId}`,
  });
