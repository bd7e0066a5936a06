import { Command } from 'commander';
import { CommandError } from '../core/command-error';
import { EXIT } from '../core/exit-codes';
import { didYouMean } from '../../contract/fields/nearest-name';

/** `kalpa help [command]`: prints the same as that command's `--help`. */
export function helpCommand(): Command {
  const help = new Command('help')
    .description('Show the help of a command.')
    .argument('[command...]', 'such as backup, or schedule add')
    .addHelpText(
      'after',
      '\nExample:\n  $ kalpa help schedule add\n\nExit codes:\n    0  done\n    2  there is no such command',
    );
  return help.action((words: string[]) => {
    let found = rootOf(help);
    for (const word of words) {
      const next = found.commands.find((command) => command.name() === word);
      if (!next) {
        const names = found.commands.map((command) => command.name());
        throw new CommandError(
          'Usage',
          `there is no command ${words.join(' ')}.${didYouMean(word, names) || ' List them: kalpa help.'}`,
          EXIT.usage,
        );
      }
      found = next;
    }
    found.outputHelp();
  });
}

/** The root of the tree that a command belongs to. */
export function rootOf(command: Command): Command {
  let root = command;
  while (root.parent) root = root.parent;
  return root;
}
