import type { Command } from 'commander';
import { configOption, defineForegroundCommand } from '../core/define-command';
import { Session, type CommandContext } from '../core/session';

const EXITS = { 0: 'stopped by a signal', 1: 'it could not continue; the reason is on stderr', 2: undefined };

/** `kalpa worker control|node|janitor`. */
export function workerCommand(context: CommandContext): Command {
  const control = defineForegroundCommand(
    'control',
    'Run the workflows of one cluster, and the activities that talk to its masters.',
    {
      examples: ['kalpa worker control --config /etc/kalpa/kalpa.yaml'],
      exits: EXITS,
    },
  ).addOption(configOption());
  control.action(async () => {
    await context.parts.runWorker('control', new Session(context, control).config());
  });
  const node = defineForegroundCommand(
    'node',
    "Upload and download the files of one tserver; runs on its node, as the database's user.",
    {
      examples: ['kalpa worker node --config /etc/kalpa/kalpa.yaml'],
      exits: EXITS,
    },
  ).addOption(configOption());
  node.action(async () => {
    await context.parts.runWorker('node', new Session(context, node).config());
  });
  const janitor = defineForegroundCommand(
    'janitor',
    'Delete expired objects from the bucket: the only worker that may, with its own credentials.',
    {
      examples: ['kalpa worker janitor --config /etc/kalpa/kalpa-janitor.yaml'],
      exits: EXITS,
    },
  ).addOption(configOption());
  janitor.action(async () => {
    await context.parts.runWorker('janitor', new Session(context, janitor).config());
  });
  return defineForegroundCommand('worker', 'Run a worker until it is stopped (SIGTERM, Ctrl-C).', {
    examples: [
      'kalpa worker control --config /etc/kalpa/kalpa.yaml',
      'kalpa worker node --config /etc/kalpa/kalpa.yaml',
    ],
    exits: EXITS,
  })
    .addCommand(control)
    .addCommand(node)
    .addCommand(janitor);
}
