import { outOfBoundsWarning, shownName, type OutOfBounds, type SequenceState } from '../../yugabyte';
import { failWith } from '../application-failure';
import type { Guarded } from '../shapes';
import { artefactOf, headerOf } from './backup-store';
import type { ControlDependencies } from './dependencies';
import type { RestorableBackup } from './find-backup';
import { confirmGuardians } from './guardian-state';

export interface RestoreSequencesInput {
  guarded: Guarded;
  backup: RestorableBackup;
  scratchName: string;
}

/** Sets each sequence exactly where it stood. One behind its column is a warning, not a change. */
export function makeRestoreSequences(dependencies: ControlDependencies) {
  return async function restoreSequences({
    guarded,
    backup,
    scratchName,
  }: RestoreSequencesInput): Promise<{ sequences: number; warnings: string[] }> {
    await confirmGuardians(dependencies, guarded);
    const { sql } = dependencies.yugabyte();
    const header = await headerOf(dependencies, backup);
    const lines = String(await artefactOf(dependencies, backup, header, 'sequences'))
      .split('\n')
      .filter((line) => line !== '');
    const sequences = lines.map((line) => JSON.parse(line) as SequenceState); // the artefact's hash was checked
    const { outOfBounds } = await sql.setSequences(scratchName, sequences);
    const found = await sql.readSequences(scratchName);
    failIfOther(sequences, found, { backupId: backup.backupId, but: outOfBounds });
    return {
      sequences: sequences.length,
      warnings: [
        ...outOfBounds.map(outOfBoundsWarning),
        ...found
          .filter(isBehind)
          .map(
            (one) =>
              `The sequence ${shownName(one)} stands behind the values of its column, as it did when the backup was made.`,
          ),
      ],
    };
  };
}

/** A sequence that would hand out a value a second time is found here and not by the application. */
function failIfOther(
  recorded: readonly SequenceState[],
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
    `${other.length} sequences do not stand where ${backupId} recorded them (first: ${shownName(other[0] ?? { schema: '', name: '' })}), although they were set: something else uses the database that is being restored. It is removed; restore it again.`,
  );
}

/** The next value would collide with one that is in the owning column. */
function isBehind({ lastValue, isCalled, increment, ownedBy }: SequenceState): boolean {
  if (ownedBy?.max === undefined) return false;
  const next = BigInt(lastValue) + (isCalled ? BigInt(increment) : 0n);
  return BigInt(increment) > 0n ? next <= BigInt(ownedBy.max) : next >= BigInt(ownedBy.max);
}
