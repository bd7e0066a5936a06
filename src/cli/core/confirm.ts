import { CommandError } from './command-error';
import { EXIT } from './exit-codes';
import { fitText, widthOf } from './fit-text';
import type { Session } from './session';
import { hanging } from './shown-output';

/** What is lost when a command goes on. */
export interface Loss {
  /** Said before anybody is asked. */
  lost: string;
  /** What must be typed: `yes`, or the name of the database that is put back. */
  word: string;
  /** The whole command that goes on without asking. */
  next: string;
  /** Failure type for programs. */
  type?: string;
  /** For programs: what the sentence says. */
  details?: readonly unknown[];
}

/**
 * Shows what is lost and asks. Returns only when it was confirmed; where nobody can be asked (no terminal, `--json`)
 * and after any other answer it ends the command with exit code 2.
 */
export async function confirmLoss({ io, json }: Session, loss: Loss): Promise<void> {
  const { lost, word, next, type = 'NotConfirmed', details = [] } = loss;
  if (json || !io.ask) {
    throw new CommandError(
      type,
      `Nothing was changed. ${hanging(lost)}\nNobody can be asked here; to do it:\n  ${next}`,
      EXIT.usage,
      { details, next },
    );
  }
  io.stderr.write(`${fitText(hanging(lost), widthOf(io.stderr))}\n`);
  const answer = await io.ask(`Type ${word} to do it: `);
  if (answer.trim() !== word)
    throw new CommandError(type, 'Nothing was changed: it was not confirmed.', EXIT.usage, { details, next });
}

/** A name that was given in advance must be the right one. */
export function checkedConfirmation(given: string, database: string): void {
  if (given === database) return;
  throw new CommandError(
    'InvalidInput',
    `Nothing was changed: --yes says ${given}; to confirm this, it must say ${database}.`,
    EXIT.usage,
  );
}
