import { Option, type Command } from 'commander';
import type { OperationName, OperationTypes } from '../../contract';
import type { Session } from '../core/session';
import { watchRun } from './watch-run';
import { indentContinuation, onOneLine, textsInOneLine } from '../core/sanitized-output';

/** Options of every command that starts a run. */
export interface RunOptions {
  detach?: boolean;
  workflowId?: string;
}

/** Adds the options of every command that starts a run. */
export function withRunOptions(command: Command): Command {
  return command
    .option('--detach', 'print the workflow id and its link, and return at once')
    .addOption(new Option('--workflow-id <id>', 'a workflow id other than the one that Kalpa generates'));
}

/**
 * Starts an operation. Detached, prints where to find the run; otherwise watches it to its end, prints the result and
 * returns it.
 */
export async function startAndWatch<O extends OperationName>(
  session: Session,
  operation: O,
  input: OperationTypes[O]['input'],
  options: RunOptions,
  resultText: (result: OperationTypes[O]['result']) => string,
): Promise<OperationTypes[O]['result'] | undefined> {
  return await session.withClient(async (client, resolved) => {
    const run = await client.start(
      operation,
      input,
      options.workflowId === undefined ? {} : { workflowId: options.workflowId },
    );
    if (options.detach) {
      session.print(run.reference(), () => startedText(run));
      return undefined;
    }
    session.printText(startedText(run));
    const result = await watchRun(session, { run, client, resolved });
    session.print({ ...run.reference(), ...result }, () => withWarnings(resultText(textsInOneLine(result)), result));
    return result;
  });
}

/** Where to find the run. */
export function startedText(run: { workflowId: string; link?: string | undefined }): string {
  return `started  ${onOneLine(run.workflowId)}${run.link ? `\n         ${onOneLine(run.link)}` : ''}`;
}

function withWarnings(text: string, result: { warnings?: string[] | undefined }): string {
  return [text, ...(result.warnings ?? []).map((warning) => `warning: ${indentContinuation(warning)}`)].join('\n');
}
