import {
  listBackups,
  listDumps,
  parseBackupId,
  parseDumpId,
  type ClusterStore,
  type BackupKind,
} from '../../repository';
import { failWith } from '../application-failure';

/** A backup or dump named by its id. */
export interface NamedBackup {
  kind: BackupKind;
  id: string;
  database: string;
  state: string;
}

/** Finds what an id names: a backup, or else a dump. `NotFound` if it is neither. */
export async function findNamed(repository: ClusterStore, id: string): Promise<NamedBackup> {
  const database = parseBackupId(id)?.database;
  if (database !== undefined)
    for (const { state } of await listBackups(repository, { backupId: id }))
      return { kind: 'backup', id, database, state };
  const subject = parseDumpId(id)?.subject;
  if (subject !== undefined)
    for (const { state } of await listDumps(repository, { dumpId: id }))
      return { kind: 'dump', id, database: subject, state };
  throw failWith(
    'NotFound',
    `There is no backup or dump ${id} of cluster ${repository.cluster} in ${repository.store.location}. List what there is: kalpa backups, kalpa dumps.`,
  );
}
