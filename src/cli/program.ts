/* eslint-disable @typescript-eslint/no-require-imports -- a command line needs one command; loading them all takes longer than it runs */
import { Command } from 'commander';
import type { CommandContext } from './core/session';

type Maker = (context: CommandContext) => Command;

/** Every command by name, in the order of the help; each is loaded when it is built. */
const COMMANDS = new Map<string, () => Maker>(
  Object.entries({
    dev: () => (require('./commands/dev') as typeof import('./commands/dev')).devCommand,
    worker: () => (require('./commands/worker') as typeof import('./commands/worker')).workerCommand,
    doctor: () => (require('./commands/doctor') as typeof import('./commands/doctor')).doctorCommand,
    conformance: () =>
      (require('./commands/conformance') as typeof import('./commands/conformance')).conformanceCommand,
    keys: () => (require('./commands/keys') as typeof import('./commands/keys')).keysCommand,
    policy: () => (require('./commands/policy') as typeof import('./commands/policy')).policyCommand,
    inspect: () => (require('./commands/inspect') as typeof import('./commands/inspect')).inspectCommand,
    backup: () => (require('./commands/backup') as typeof import('./commands/backup')).backupCommand,
    restore: () => (require('./commands/restore') as typeof import('./commands/restore')).restoreCommand,
    rehearse: () =>
      (require('./commands/verification/rehearse') as typeof import('./commands/verification/rehearse'))
        .rehearseCommand,
    backups: () => (require('./commands/backups') as typeof import('./commands/backups')).backupsCommand,
    show: () => (require('./commands/show') as typeof import('./commands/show')).showCommand,
    verify: () =>
      (require('./commands/verification/verify') as typeof import('./commands/verification/verify')).verifyCommand,
    browse: () => (require('./commands/bucket/browse') as typeof import('./commands/bucket/browse')).browseCommand,
    adopt: () => (require('./commands/bucket/adopt') as typeof import('./commands/bucket/adopt')).adoptCommand,
    usage: () => (require('./commands/retention/usage') as typeof import('./commands/retention/usage')).usageCommand,
    retain: () =>
      (require('./commands/retention/retain') as typeof import('./commands/retention/retain')).retainCommand,
    delete: () =>
      (require('./commands/retention/delete') as typeof import('./commands/retention/delete')).deleteCommand,
    undelete: () =>
      (require('./commands/retention/undelete') as typeof import('./commands/retention/undelete')).undeleteCommand,
    hold: () => (require('./commands/retention/hold') as typeof import('./commands/retention/hold')).holdCommand,
    release: () =>
      (require('./commands/retention/release') as typeof import('./commands/retention/release')).releaseCommand,
    snapshot: () => (require('./commands/snapshot') as typeof import('./commands/snapshot')).snapshotCommand,
    pitr: () => (require('./commands/pitr') as typeof import('./commands/pitr')).pitrCommand,
    recover: () => (require('./commands/recover') as typeof import('./commands/recover')).recoverCommand,
    schedule: () => (require('./commands/schedule') as typeof import('./commands/schedule')).scheduleCommand,
    dump: () => (require('./commands/dump') as typeof import('./commands/dump')).dumpCommand,
    load: () => (require('./commands/load') as typeof import('./commands/load')).loadCommand,
    dumps: () => (require('./commands/dumps') as typeof import('./commands/dumps')).dumpsCommand,
    runs: () => (require('./commands/runs') as typeof import('./commands/runs')).runsCommand,
    watch: () => (require('./commands/watch') as typeof import('./commands/watch')).watchCommand,
    cancel: () => (require('./commands/cancel') as typeof import('./commands/cancel')).cancelCommand,
    limit: () => (require('./commands/limit') as typeof import('./commands/limit')).limitCommand,
    history: () => (require('./commands/history') as typeof import('./commands/history')).historyCommand,
    completion: () => (require('./commands/completion') as typeof import('./commands/completion')).completionCommand,
    help: () => (require('./commands/help') as typeof import('./commands/help')).helpCommand,
  }),
);

/** The program with all its commands, or with only the typed one: help, completion and suggestions need all of them. */
export function makeProgram(context: CommandContext, version: string, typed?: string): Command {
  const program = new Command('kalpa')
    .description('Backs up YugabyteDB to S3 and restores it; each operation is a Temporal workflow.')
    .version(version, '--version', 'print the version')
    .addHelpText('after', '\nEach command has its own help with an example and its exit codes: kalpa backup --help')
    .helpCommand(false);
  const alone = typed === undefined || NEED_ALL.has(typed) ? undefined : COMMANDS.get(typed);
  for (const load of alone ? [alone] : COMMANDS.values()) program.addCommand(load()(context));
  return program;
}

const NEED_ALL = new Set(['help', 'completion']);
