import type { Command } from 'commander';
import { defineCommand } from '../core/define-command';
import { EXIT } from '../core/exit-codes';
import { fitText, widthOf } from '../core/fit-text';
import { modules } from '../core/modules';
import { Session, type CommandContext } from '../core/session';
import { painter } from '../core/terminal-text';
import type { Check } from '../doctor/check';

/** `kalpa doctor`: everything that could make a first run fail. */
export function doctorCommand(context: CommandContext): Command {
  const command = defineCommand(
    'doctor',
    'Check everything that could make a first run fail; writes only objects under probe/.',
    {
      examples: ['kalpa doctor', 'kalpa doctor --config /etc/kalpa/kalpa.yaml --json'],
      exits: { 0: 'no problem (there may be warnings)', 1: 'at least one problem', 2: undefined, 4: undefined },
    },
  );
  return command.action(async () => {
    const session = new Session(context, command);
    const resolved = session.config();
    const { checks, reachable } = await modules.doctor().examine(session, resolved);
    const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
    const [problems, warnings] = [count('problem'), count('warning')];
    session.print({ cluster: resolved.config.cluster, problems, warnings, checks }, () =>
      reportText(session, checks, problems, warnings),
    );
    context.exit(!reachable ? EXIT.unreachable : problems > 0 ? EXIT.failed : EXIT.done);
  });
}

const WIDTH = 7;

function reportText(session: Session, checks: Check[], problems: number, warnings: number): string {
  const paint = painter(session.io);
  const colour = { ok: 'green', warning: 'yellow', problem: 'red' } as const;
  const width = widthOf(session.io.stdout);
  const begun = ' '.repeat(WIDTH);
  const lines = checks.flatMap(({ status, area, message, cure }) => [
    // Painted afterwards: colour codes would count as width.
    fitText(`${status.padEnd(WIDTH)}  ${area}: ${message}`, width, WIDTH + 2).replace(
      /^\w+ */,
      (word) => paint(colour[status], word.trimEnd()) + ' '.repeat(word.length - word.trimEnd().length),
    ),
    ...(cure === undefined ? [] : [fitText(`${begun}  → ${cure}`, width, 2)]),
  ]);
  const plural = (count: number, word: string): string =>
    `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`;
  return `${lines.join('\n')}\n\n${plural(problems, 'problem')}, ${plural(warnings, 'warning')}`;
}
