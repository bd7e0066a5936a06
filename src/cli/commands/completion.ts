import { Argument, Command } from 'commander';
import { bashCompletion, fishCompletion, zshCompletion } from '../core/completion-scripts';
import type { CommandContext } from '../core/session';
import { rootOf } from './help';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `kalpa completion <shell>`: generated from the commands themselves, so that it is never out of date. */
export function completionCommand({ io }: CommandContext): Command {
  const completion = new Command('completion')
    .description('Print the script that completes commands and options in a shell.')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      '\nExamples:\n  $ kalpa completion bash > /etc/bash_completion.d/kalpa\n  $ kalpa completion zsh > "${fpath[1]}/_kalpa"\n' +
        '  $ kalpa completion fish > ~/.config/fish/completions/kalpa.fish\n\nExit codes:\n    0  done\n    2  another shell',
    );
  return completion.action((shell: keyof typeof SCRIPTS) => {
    io.stdout.write(SCRIPTS[shell](rootOf(completion)));
  });
}
