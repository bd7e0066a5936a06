import { Option, type Command } from 'commander';
import type { ApplyRetentionResult } from '../../../contract';
import { commandLine } from '../../core/command-line';
import { confirmLoss } from '../../core/confirm';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { textsInOneLine } from '../../core/sanitized-output';
import { bytesText } from '../../../objects/texts';
import { given } from '../../../objects/given';
import { simulatedMs, simulateRetention } from '../../run/simulate-retention';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';
import { watchRun } from '../../run/watch-run';

interface Options extends RunOptions {
  dryRun?: boolean;
  yes?: boolean;
  simulate?: number;
}

/** `kalpa retain`: shows what would be deleted, and why everything else is kept; then asks. */
export function retainCommand(context: CommandContext): Command {
  const command = defineCommand('retain', 'Delete backups and dumps that no retention rule keeps.', {
    examples: [
      'kalpa retain --dry-run',
      'kalpa retain --simulate 1y',
      'kalpa retain',
      'kalpa retain ysql.orders --yes',
    ],
    exits: RUN_EXITS,
  })
    .argument('[database]', 'only backups and dumps of ysql.<database> or ycql.<keyspace>')
    .option('--dry-run', 'only show which rule keeps what, until when, and what would be deleted')
    .addOption(
      new Option(
        '--simulate <time>',
        'only show how many backups there will be, and how large, month by month: 1y, 90 days',
      ).argParser(simulatedMs),
    )
    .option('--yes', 'do not ask');
  withRunOptions(command);
  return command.action(async (database: string | undefined, options: Options) => {
    const session = new Session(context, command);
    if (options.simulate !== undefined) {
      await simulateRetention(session, options.simulate, database);
      return;
    }
    const input = given({ database });
    if (options.dryRun) {
      await startAndWatch(session, 'applyRetention', { ...input, dryRun: true }, options, planText);
      return;
    }
    let plan: ApplyRetentionResult['plan'] | undefined;
    if (!options.yes) {
      const shown = await dryRun(session, input);
      plan = shown.plan;
      session.printText(planText(textsInOneLine(shown)));
      await confirmLoss(session, {
        lost: `${shown.deleted} would be deleted. They can't be restored any more, and once the grace time is over their objects are removed for good.`,
        word: 'yes',
        next: commandLine(command, { more: ['--yes'] }),
        details: [shown],
      });
    }
    await startAndWatch(session, 'applyRetention', { ...input, ...given({ plan }) }, options, doneText);
  });
}

async function dryRun(session: Session, input: { database?: string }): Promise<ApplyRetentionResult> {
  return await session.withClient(async (client, resolved) => {
    const run = await client.start('applyRetention', { ...input, dryRun: true });
    return await watchRun(session, { run, client, resolved });
  });
}

function planText({ kept, deleted, freedBytes, first, plan }: ApplyRetentionResult): string {
  const lines = first.map(
    ({ backupId, decision, because, goes }) =>
      `${decision.padEnd(6)}  ${backupId}  ${because}${goes === undefined ? '' : `; goes about ${goes}`}`,
  );
  const more = kept + deleted - first.length;
  return [
    ...lines,
    ...(more > 0 ? [`… and ${more} more, in ${plan.key}`] : []),
    `${kept} kept, ${deleted} deleted: at least ${bytesText(freedBytes)}.`,
  ].join('\n');
}

function doneText({
  kept,
  deleted,
  freedBytes,
  swept = 0,
  sweptBytes = 0,
  waiting = [],
}: ApplyRetentionResult): string {
  return [
    `kept     ${kept}`,
    `deleted  ${deleted}, at least ${bytesText(freedBytes)} once the grace time is over`,
    `removed  ${swept} of those deleted before, ${bytesText(sweptBytes)}`,
    ...waiting.map(({ backupId, because }) => `waits    ${backupId}: ${because}`),
  ].join('\n');
}
