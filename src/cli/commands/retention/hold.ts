import type { Command } from 'commander';
import type { CommandContext } from '../../core/session';
import { namedBackupCommand } from '../../run/named-backup-command';

/** `kalpa hold <backup>`. */
export const holdCommand = (context: CommandContext): Command =>
  namedBackupCommand(context, {
    name: 'hold',
    description: 'Keep a backup or dump, whatever the policies say, until it is released.',
    operation: 'holdBackup',
    exampleReason: 'the audit of 2026',
    done: ({ backupId }) => `held  ${backupId}`,
  });
