import { Command } from 'commander';
import { backupCommand } from './backup';
import { backupsCommand } from './backups';
import { devCommand } from './dev';
import { doctorCommand } from './doctor';
import { dumpCommand } from './dump';
import { dumpsCommand } from './dumps';
import { inspectCommand } from './inspect';
import { pitrCommand } from './pitr';
import { recoverCommand } from './recover';
import { loadCommand } from './load';
import { restoreCommand } from './restore';
import { scheduleCommand } from './schedule';
import type { CommandContext } from './session';
import { showCommand } from './show';
import { snapshotCommand } from './snapshot';
import { workerCommand } from './worker';

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
    .addCommand(dumpsCommand(context));
}
