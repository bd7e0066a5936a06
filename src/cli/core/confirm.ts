import { CommandError } from './command-error';
import { EXIT } from './exit-codes';
import { fitText, widthOf } from './fit-text';
import type { Session } from './session';
import { indentContinuation } from './sanitized-output';

/** What is lost if a command proceeds. */
export interface Loss {
  /** Shown before the question. */
  lost: string;
  /** What must be typed: `yes`, or the name of the database to be reverted. */
  word: string;
  /** The complete command that proceeds without asking. */
  next: string;
  /** Failure type for programs. */
  type?: string;
  /** The same facts for programs. */
  details?: readonly unknown[];
}

/**
 * Shows what is lost and asks. Returns only if it was confirmed; if no one can be asked (no terminal, `--json`), and
 * after any other answer, it ends the command with exit code 2.
 */
export async function confirmLoss({ io, json }: Session, loss: Loss): Promise<void> {
  const { lost, word, next, type = 'NotConfirmed', details = [] } = loss;
  if (json || !io.ask) {
    throw new CommandError(
      type,
      `Nothing was changed. ${indentContinuation(lost)}\nNo one can be asked here; to proceed:\n  ${next}`,
      EXIT.usage,
      { details, next },
    );
  }
  io.stderr.write(`${fitText(indentContinuation(lost), widthOf(io.stderr))}\n`);
  const answer = await io.ask(`Type ${word} to proceed: `);
  if (answer.trim() !== word)
    throw new CommandError(type, 'Nothing was changed: it was not confirmed.', EXIT.usage, { details, next });
}

/** A name that was given in advance must match. */
export function checkedConfirmation(given: string, database: string): void {
  if (given === database) return;
  throw new CommandError(
    'InvalidInput',
    `Nothing was changed: --yes says ${given}; to confirm this, it must say ${database}.`,
    EXIT.usage,
  );
}
