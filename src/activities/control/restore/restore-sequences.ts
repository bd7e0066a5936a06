import { cancellationSignal } from '@temporalio/activity';
import { z } from 'zod';
import { readJson, textLines, textOf } from '../../../untrusted';
import { outOfBoundsWarning, shownName, type OutOfBounds, type SequenceState } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import type { Guarded } from '../../internal-types';
import { artefactOf, headerOf } from '../lookup/backup-store';
import type { ControlDependencies } from '../dependencies';
import type { RestorableBackup } from '../lookup/find-backup';
import { confirmGuardians } from '../lock/guardian-state';

export interface RestoreSequencesInput {
  guarded: Guarded;
  backup: RestorableBackup;
  scratchName: string;
}

/**
 * Sets each sequence to exactly its recorded value. A sequence that is behind its column is a warning, not corrected.
 */
export function makeRestoreSequences(dependencies: ControlDependencies) {
  return async function restoreSequences({
    guarded,
    backup,
    scratchName,
  }: RestoreSequencesInput): Promise<{ sequences: number; warnings: string[] }> {
    await confirmGuardians(dependencies, guarded);
    const { sql } = dependencies.yugabyte();
    const header = await headerOf(dependencies, backup);
    const sequences = recordedSequences(await artefactOf(dependencies, backup, header, 'sequences'), backup.backupId);
    const options = { signal: cancellationSignal() };
    const { outOfBounds } = await sql.setSequences(scratchName, sequences, options);
    const found = await sql.readSequences(scratchName, options);
    failIfOther(sequences, found, { backupId: backup.backupId, but: outOfBounds });
    return {
      sequences: sequences.length,
      warnings: [
        ...outOfBounds.map(outOfBoundsWarning),
        ...found
          .filter(isBehind)
          .map(
            (one) =>
              `The sequence ${shownName(one)} is behind the values of its column, as it was when the backup was made.`,
          ),
      ],
    };
  };
}

const int8 = z.string().regex(/^-?\d{1,19}$/, 'no 64-bit integer');
const name = z.string().min(1);
/** The fields that are set again; the rest of a line is for people. */
const sequenceLine = z.object({ schema: name, name, lastValue: int8, isCalled: z.boolean() });
type RecordedSequence = z.output<typeof sequenceLine>;

/** The sequences that a backup recorded. The hash proves that it is this list, not that the list is valid. */
function recordedSequences(content: Buffer, backupId: string): RecordedSequence[] {
  return Array.from(textLines(content), (line) => {
    const text = textOf(line);
    const read = text === undefined ? undefined : readJson(sequenceLine, text);
    if (read?.ok) return read.value;
    throw failWith(
      'ManifestInvalid',
      `The sequences of ${backupId} are not what a backup records (${read?.problem ?? 'a line is not UTF-8'}). Use another backup, and find out who wrote to the bucket.`,
    );
  });
}

/** A sequence that would hand out a value a second time is found here, and not by the application. */
function failIfOther(
  recorded: readonly RecordedSequence[],
  found: readonly SequenceState[],
  { backupId, but }: { backupId: string; but: readonly OutOfBounds[] },
): void {
  const there = new Map(found.map((one) => [shownName(one), one]));
  const excepted = new Set(but.map(shownName));
  const other = recorded.filter((one) => {
    const now = there.get(shownName(one));
    return !excepted.has(shownName(one)) && (now?.lastValue !== one.lastValue || now.isCalled !== one.isCalled);
  });
  if (other.length === 0) return;
  throw failWith(
    'RestoreFailed',
    `${other.length} sequences do not have the values that ${backupId} recorded (first: ${shownName(other[0] ?? { schema: '', name: '' })}), although they were set: something else uses the database that is being restored. It is removed; restore it again.`,
  );
}

/** The next value would collide with one already in the owning column. */
function isBehind({ lastValue, isCalled, increment, ownedBy }: SequenceState): boolean {
  const max = /^(-?\d+)(?:\.\d+)?$/.exec(ownedBy?.max ?? '')?.[1]; // the column may be numeric, with a fraction or NaN
  if (max === undefined) return false;
  const next = BigInt(lastValue) + (isCalled ? BigInt(increment) : 0n);
  return BigInt(increment) > 0n ? next <= BigInt(max) : next >= BigInt(max);
}
