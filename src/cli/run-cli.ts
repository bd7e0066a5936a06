import { CommanderError, type Command } from 'commander';
import type { CliIo } from './core/cli-io';
import { redact } from '../redaction';
import { describeError } from './core/command-error';
import { EXIT } from './core/exit-codes';
import { fitText, widthOf } from './core/fit-text';
import { inOptions } from './core/in-options';
import { modules } from './core/modules';
import { realDependencies, type CliDependencies } from './core/cli-dependencies';
import { sanitized } from './core/sanitized-output';
import { makeProgram } from './program';

/** Runs one command line (without `node` and the script) and returns its exit code. Never throws. */
export async function runCli(argv: readonly string[], given: CliIo, parts?: CliDependencies): Promise<number> {
  const io: CliIo = { ...given, stdout: sanitized(given.stdout), stderr: sanitized(given.stderr) };
  let exitCode: number = EXIT.done;
  const context = {
    io,
    parts: parts ?? realDependencies(io),
    exit: (code: number) => {
      exitCode = code;
    },
  };
  const version = argv.includes('--version') ? modules.packageRoot().KALPA_VERSION : '0';
  const program = makeProgram(context, version, argv[0]);
  let running: Command = program;
  program.hook('preAction', (_, command) => {
    running = command;
  });
  everyCommand(program, (command) => {
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => {
          io.stdout.write(text);
        },
        writeErr: (text) => {
          io.stderr.write(text);
        },
        getOutHelpWidth: () => io.stdout.columns ?? 100,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      })
      .showHelpAfterError('(for its help, add --help)');
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    const json = argv.includes('--json');
    if (!(error instanceof CommanderError)) return explain(error, { json, io, command: running });
    if (error.exitCode === 0) return EXIT.done;
    // Commander has already reported it on stderr.
    if (json) writeJson({ error: { type: 'Usage', message: error.message.replace(/^error: /, '') } }, io);
    return EXIT.usage;
  }
}

function explain(error: unknown, { json, io, command }: { json: boolean; io: CliIo; command: Command }): number {
  const { exitCode, message: said, json: document } = describeError(error);
  const message = inOptions(said, command.options);
  if (json) writeJson(document, io);
  const text = exitCode === EXIT.interrupted ? message : `kalpa: ${message}`;
  io.stderr.write(`${fitText(text, widthOf(io.stderr))}\n`);
  if (io.env['KALPA_DEBUG'] && error instanceof Error) io.stderr.write(`${redact(error.stack ?? '')}\n`);
  return exitCode;
}

function writeJson(document: object, io: CliIo): void {
  io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) everyCommand(child, visit);
}
