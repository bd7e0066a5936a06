import type { SequenceState } from '../../yugabyte';
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

/** Sets each sequence where it stood, never lower than what is there. One behind its column is a warning, not a change. */
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
    await sql.setSequences(scratchName, sequences);
    const behind = (await sql.readSequences(scratchName)).filter(isBehind);
    return {
      sequences: sequences.length,
      warnings: behind.map(
        ({ schema, name }) =>
          `The sequence ${schema}.${name} stands behind the largest value of its column, as it did when the backup was made.`,
      ),
    };
  };
}

/** The next value would collide with one that is in the owning column. */
function isBehind({ lastValue, isCalled, increment, ownedBy }: SequenceState): boolean {
  if (ownedBy?.max === undefined) return false;
  const next = BigInt(lastValue) + (isCalled ? BigInt(increment) : 0n);
  return BigInt(increment) > 0n && next <= BigInt(ownedBy.max);
}
