import type { Command } from 'commander';
import { defineForegroundCommand, RUN_EXITS } from '../core/define-command';
import { disablePitrCommand } from './pitr/disable';
import { enablePitrCommand } from './pitr/enable';
import { pitrStatusCommand } from './pitr/status';
import type { CommandContext } from '../core/session';

/** `kalpa pitr …`: the history that the cluster keeps. */
export function pitrCommand(context: CommandContext): Command {
  return defineForegroundCommand('pitr', 'Point-in-time recovery: the history that the cluster keeps of a database.', {
    examples: ['kalpa pitr enable ysql.orders --every 1h --keep "7 days"', 'kalpa pitr status ysql.orders'],
    exits: RUN_EXITS,
  })
    .addCommand(enablePitrCommand(context))
    .addCommand(disablePitrCommand(context))
    .addCommand(pitrStatusCommand(context));
}
