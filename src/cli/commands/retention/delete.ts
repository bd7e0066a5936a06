import type { Command } from 'commander';
import type { CommandContext } from '../../core/session';
import { namedBackupCommand } from '../../run/named-backup-command';

/** `kalpa delete <backup>`. */
export const deleteCommand = (context: CommandContext): Command =>
  namedBackupCommand(context, {
    name: 'delete',
    description: 'Delete one backup or dump.',
    operation: 'deleteBackup',
    exampleReason: 'made by mistake',
    lost: (backup) =>
      `Deleting ${backup}: it can't be restored any more, and once the grace time is over its objects are removed permanently. Until then: kalpa undelete.`,
    done: ({ backupId, removedFrom }) =>
      `deleted  ${backupId}\n         its objects are removed from ${removedFrom} on; until then: kalpa undelete ${backupId}`,
  });
