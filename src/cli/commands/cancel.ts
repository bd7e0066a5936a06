import type { Command } from 'commander';
import { CommandError } from '../core/command-error';
import { defineCommand } from '../core/define-command';
import { EXIT } from '../core/exit-codes';
import { Session, type CommandContext } from '../core/session';
import { onOneLine } from '../core/sanitized-output';
import { findRunning, RUN_ARGUMENT } from '../run/find-run';
import { watchRun } from '../run/watch-run';

/** `kalpa cancel <run>`. */
export function cancelCommand(context: CommandContext): Command {
  const command = defineCommand('cancel', 'Cancel a run: it stops, and its guardian undoes what was half done.', {
    examples: ['kalpa cancel backup/orders-prod/ysql.orders/20261122T020007Z', 'kalpa cancel ysql.orders --detach'],
    exits: {
      0: 'cancelled and cleaned up (or asked to, with --detach)',
      1: 'it ended in another way first, as stderr says',
      2: undefined,
      3: 'there is no such run, or it has ended already',
      4: undefined,
      130: undefined,
    },
  })
    .argument(...RUN_ARGUMENT)
    .option('--detach', 'request it, and return at once');
  return command.action(async (given: string, { detach }: { detach?: boolean }) => {
    const session = new Session(context, command);
    await session.withClient(async (client, resolved) => {
      const { run } = await findRunning(client, given);
      await run.cancel();
      if (detach) {
        session.print(run.reference(), () => `asked to cancel  ${onOneLine(run.workflowId)}`);
        return;
      }
      session.printText(`cancelling  ${onOneLine(run.workflowId)}`);
      try {
        await watchRun(session, { run, client, resolved });
      } catch (error) {
        if ((error as { type?: unknown }).type !== 'Cancelled') throw error;
        session.print(
          { ...run.reference(), outcome: 'cancelled' },
          () => `cancelled  ${onOneLine(run.workflowId)}  cleaned up`,
        );
        return;
      }
      throw new CommandError(
        'TooLate',
        `${onOneLine(run.workflowId)} was complete before it could be cancelled.`,
        EXIT.failed,
        {
          ...run.reference(),
        },
      );
    });
  });
}
