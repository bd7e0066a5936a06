import { Command, Option } from 'commander';
import { EXIT_TEXT } from './exit-codes';

/** Options that every command has. */
export interface CommonOptions {
  config?: string;
  json?: boolean;
}

export interface CommandHelp {
  /** Command lines that can be typed as they are. */
  examples: readonly string[];
  /** Exit codes; undefined: with the usual text. */
  exits: Record<number, string | undefined>;
}

/** For commands that read the configuration. */
export const configOption = (): Option =>
  new Option('--config <file>', 'kalpa.yaml to use (default: $KALPA_CONFIG, ./kalpa.yaml, the embedded stack)');

/** A command that stays in the foreground and prints no result: its help ends with an example and the exit codes. */
export function defineForegroundCommand(name: string, description: string, { examples, exits }: CommandHelp): Command {
  const codes = Object.entries(exits).map(
    ([code, text]) => `  ${code.padStart(3)}  ${text ?? EXIT_TEXT[Number(code)] ?? ''}`,
  );
  return new Command(name)
    .description(description)
    .addHelpText(
      'after',
      `\nExample${examples.length === 1 ? '' : 's'}:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n\nExit codes:\n${codes.join('\n')}`,
    );
}

/** A command with a result: `--config`, `--json`, and help that ends with an example and the exit codes. */
export function defineCommand(name: string, description: string, help: CommandHelp): Command {
  return defineForegroundCommand(name, description, help)
    .addOption(configOption())
    .option('--json', 'one JSON document on stdout and nothing else');
}

/** Exit codes of the commands that start a run and wait for it. */
export const RUN_EXITS = {
  0: 'complete (or started, with --detach)',
  1: undefined,
  2: undefined,
  3: undefined,
  4: undefined,
  130: undefined,
};

/** Exit codes of the commands that only read the bucket. */
export const READ_EXITS = { 0: undefined, 1: undefined, 2: undefined, 3: 'there is no such backup or bucket' };
