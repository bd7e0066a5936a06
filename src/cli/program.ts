import { Command } from 'commander';
import { backupCommand } from './commands/backup';
import { backupsCommand } from './commands/backups';
import { cancelCommand } from './commands/cancel';
import { completionCommand } from './commands/completion';
import { devCommand } from './commands/dev';
import { doctorCommand } from './commands/doctor';
import { dumpCommand } from './commands/dump';
import { dumpsCommand } from './commands/dumps';
import { helpCommand } from './commands/help';
import { historyCommand } from './commands/history';
import { inspectCommand } from './commands/inspect';
import { limitCommand } from './commands/limit';
import { pitrCommand } from './commands/pitr';
import { recoverCommand } from './commands/recover';
import { loadCommand } from './commands/load';
import { restoreCommand } from './commands/restore';
import { runsCommand } from './commands/runs';
import { scheduleCommand } from './commands/schedule';
import type { CommandContext } from './core/session';
import { showCommand } from './commands/show';
import { snapshotCommand } from './commands/snapshot';
import { watchCommand } from './commands/watch';
import { workerCommand } from './commands/worker';

/** Every command in the order in which the help shows it. */
export function makeProgram(context: CommandContext, version: string): Command {
  return new Command('kalpa')
    .description('Backs up YugabyteDB to S3 and restores it; each operation is a Temporal workflow.')
    .version(version, '--version', 'print the version')
    .addHelpText('after', '\nEach command has its own help with an example and its exit codes: kalpa backup --help')
    .helpCommand(false)
    .addCommand(devCommand(context))
    .addCommand(workerCommand(context))
    .addCommand(doctorCommand(context))
    .addCommand(inspectCommand(context))
    .addCommand(backupCommand(context))
    .addCommand(restoreCommand(context))
    .addCommand(backupsCommand(context))
    .addCommand(showCommand(context))
    .addCommand(snapshotCommand(context))
    .addCommand(pitrCommand(context))
    .addCommand(recoverCommand(context))
    .addCommand(scheduleCommand(context))
    .addCommand(dumpCommand(context))
    .addCommand(loadCommand(context))
    .addCommand(dumpsCommand(context))
    .addCommand(runsCommand(context))
    .addCommand(watchCommand(context))
    .addCommand(cancelCommand(context))
    .addCommand(limitCommand(context))
    .addCommand(historyCommand(context))
    .addCommand(completionCommand(context))
    .addCommand(helpCommand());
}
