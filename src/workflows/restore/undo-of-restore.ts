import type { Undo } from '../../contract';
import type { Restore } from './open-restore';

/** What was begun so far, for the guardian: the scratch database, or the tables that a keyspace gets, with what belongs to it. */
export function undoOfRestore(
  { scratchName, keyspace }: Pick<Restore, 'scratchName' | 'keyspace'>,
  begun: {
    importedSnapshotId?: string;
    listedBefore: string[];
    restoration?: { id?: string; listedBefore: string[] };
  },
): Undo {
  if (!keyspace) return { kind: 'scratch', scratchName, ...begun };
  const { database, existed, tables } = keyspace;
  return { kind: 'keyspace', database, existed, tables, ...begun };
}
