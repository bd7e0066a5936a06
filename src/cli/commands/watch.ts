import type { Command } from 'commander';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import { Session, type CommandContext } from '../core/session';
import { findRun, RUN_ARGUMENT } from '../run/find-run';
import { watchRun } from '../run/watch-run';
import { indentContinuation, onOneLine, textsInOneLine } from '../core/sanitized-output';

/** `kalpa watch <run>`. */
export function watchCommand(context: CommandContext): Command {
  const command = defineCommand('watch', 'Watch a run until it ends, and print its result.', {
    examples: ['kalpa watch backup/orders-prod/ysql.orders/20261122T020007Z', 'kalpa watch ysql.orders'],
    exits: { ...RUN_EXITS, 0: 'complete' },
  }).argument(...RUN_ARGUMENT);
  return command.action(async (given: string) => {
    const session = new Session(context, command);
    await session.withClient(async (client, resolved) => {
      const { run, listed } = await findRun(client, given);
      const { workflowId, link } = textsInOneLine(run.reference());
      session.printText(`watching  ${workflowId}${link ? `\n          ${link}` : ''}`);
      const result = await watchRun(session, { run, client, resolved });
      session.print({ ...run.reference(), operation: listed.operation, ...result }, () => resultText(result));
    });
  });
}

/** The plain fields of any operation's result. */
function resultText(result: Record<string, unknown>): string {
  const { warnings, ...fields } = result;
  const plain = Object.entries(fields).filter(([, value]) => typeof value !== 'object' && value !== undefined);
  const width = Math.max(0, ...plain.map(([name]) => name.length));
  return [
    'complete',
    ...plain.map(([name, value]) => `  ${name.padEnd(width)}  ${onOneLine(String(value))}`),
    ...(Array.isArray(warnings) ? warnings : []).map((warning) => `warning: ${indentContinuation(String(warning))}`),
  ].join('\n');
}
