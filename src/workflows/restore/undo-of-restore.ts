import type { Undo } from '../../contract/internal';
import type { Restore } from './open-restore';
import { given } from '../../objects/given';

/**
 * What has been begun so far, for the guardian: the scratch database, or the tables made in a keyspace, and what
 * belongs to it.
 */
export function undoOfRestore(
  { scratchName, keyspace, backup }: Pick<Restore, 'scratchName' | 'keyspace' | 'backup'>,
  begun: {
    importedSnapshotId?: string;
    namespaceId?: string;
    listedBefore: string[];
    restoration?: { id?: string; listedBefore: string[] };
  },
): Undo {
  const { namespaceId, ...rest } = begun;
  // The name of a scratch database is proof enough: no other run uses it.
  if (!keyspace) return { kind: 'scratch', scratchName, of: backup.backupId, ...rest };
  const { database, existed, tables } = keyspace;
  return {
    kind: 'keyspace',
    database,
    existed,
    tables,
    ...given({ namespaceId }),
    ...rest,
  };
}
