import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { commandLine } from '../core/command-line';
import { CommandError } from '../core/command-error';
import { confirmLoss } from '../core/confirm';
import { defineCommand, defineForegroundCommand } from '../core/define-command';
import { emptyStackHome, namesToEmpty } from '../core/dev-reset';
import { stackScript } from '../core/embedded-stack';
import { EXIT } from '../core/exit-codes';
import { modules } from '../core/modules';
import { Session, type CommandContext } from '../core/session';

/** The releases that can be emulated; the emulator refuses others. */
const EMULATED = ['2.6', '2.14', '2.20', '2024.2', '2025.1', '2025.2', '2026.1'];

/** `kalpa dev`, `kalpa dev reset`. */
export function devCommand(context: CommandContext): Command {
  const dev = defineForegroundCommand(
    'dev',
    'Run the embedded stack in the foreground: Temporal, S3, an emulated cluster, the workers.',
    {
      examples: ['kalpa dev', 'kalpa dev --dialect 2.6', 'kalpa dev reset'],
      exits: {
        0: 'stopped',
        1: 'a component could not be started',
        2: 'the embedded stack is not part of this package',
      },
    },
  ).addOption(new Option('--dialect <version>', 'release of YugabyteDB to emulate').choices(EMULATED));
  dev.action(async ({ dialect }: { dialect?: string }) => {
    context.exit(await runStack(mainScript(), ['--no-tour', ...(dialect ? ['--dialect', dialect] : [])], context));
  });
  const reset = defineCommand('reset', 'Empty the embedded stack: its database, its bucket, its history.', {
    examples: ['kalpa dev reset'],
    exits: { 0: undefined, 2: undefined, 3: 'the stack is running: stop it first' },
  });
  reset.option('--yes', 'at a terminal: do not ask');
  reset.action(async ({ yes }: { yes?: boolean }) => {
    const session = new Session(context, reset);
    const home = modules.config().stackHome(context.io.env, context.io.cwd);
    // Scripts empty the learning environment without a question; people may be in the wrong folder.
    if (!yes && !session.json && context.io.ask && namesToEmpty(home).length > 0) {
      await confirmLoss(session, {
        lost: `Emptying ${home} removes the embedded stack's database, bucket and history.`,
        word: 'yes',
        next: commandLine(reset, { more: ['--yes'] }),
      });
    }
    const removed = emptyStackHome(home);
    session.print({ home, removed }, () =>
      removed.length === 0 ? `${home} was empty already.` : `Emptied ${home}; the next start begins from scratch.`,
    );
  });
  return dev.addCommand(reset);
}

function mainScript(): string {
  const script = stackScript('main');
  if (existsSync(script)) return script;
  throw new CommandError(
    'NotShipped',
    `The embedded stack is not installed (${script} is missing): an installed package does not ship it. Clone the repository and run \`npm start\` there; in a clone, \`npm run build\` builds it.`,
    EXIT.usage,
  );
}

/** In the foreground: the child has our terminal, and signals to us are passed on. */
async function runStack(script: string, args: string[], { io }: CommandContext): Promise<number> {
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit', env: io.env, cwd: io.cwd });
  const passOn = (signal: NodeJS.Signals) => (): void => {
    child.kill(signal);
  };
  const onTerminate = passOn('SIGTERM');
  // The child gets Ctrl-C itself (same terminal); we only have to wait until it has stopped.
  const stopListening = io.onInterrupt(() => undefined);
  process.on('SIGTERM', onTerminate);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        resolve(code ?? (signal === 'SIGINT' ? EXIT.interrupted : EXIT.failed));
      });
    });
  } finally {
    stopListening();
    process.off('SIGTERM', onTerminate);
  }
}
