import { formatMicros, instantMicros, type Chain } from '../../contract';
import {
  isRepositoryError,
  newestBackup,
  parseBackupId,
  readBackup,
  type ClusterStore,
  type StoredManifest,
} from '../../repository';
import { failWith } from '../application-failure';
import type { ControlDependencies } from './dependencies';

export interface FindBackupInput {
  chain: Chain;
  backup: string | { database: string; before?: string | undefined };
  fromCluster?: string;
}

/** A committed backup as the steps of a restore need it; the manifest itself stays in the bucket. */
export interface RestorableBackup {
  backupId: string;
  /** The cluster that made it. */
  cluster: string;
  /** Hash of the manifest: every later step reads this very one. */
  manifestSha256: string;
  database: string;
  snapshotId: string;
  recoveryPoint: string;
  tables: number;
  tablets: number;
  files: number;
  bytes: number;
  chain: Chain;
}

/** Finds a committed backup by id, or the newest one of a database. `NotFound` names the cluster that was searched. */
export function makeFindBackup({ repository, config }: ControlDependencies) {
  return async function findBackup({ chain, backup, fromCluster }: FindBackupInput): Promise<RestorableBackup> {
    const cluster = fromCluster ?? config.cluster;
    const { sha256, header } = await lookUp({ ...repository, cluster }, backup, fromCluster);
    const { backupId, database, snapshotId, recoveryPoint } = header;
    const { tables, tablets, files, bytes } = header.totals;
    return {
      backupId,
      cluster,
      manifestSha256: sha256,
      database,
      snapshotId,
      recoveryPoint,
      tables,
      tablets,
      files,
      bytes,
      chain,
    };
  };
}

async function lookUp(
  repository: ClusterStore,
  backup: FindBackupInput['backup'],
  fromCluster: string | undefined,
): Promise<StoredManifest> {
  try {
    if (typeof backup !== 'string') {
      const before = backup.before === undefined ? undefined : instantMicros(backup.before);
      return await newestBackup(repository, {
        database: backup.database,
        ...(before === undefined ? {} : { before: formatMicros(before) }),
      });
    }
    if (!parseBackupId(backup)) {
      throw failWith(
        'NotFound',
        `"${backup}" is no backup id (<database>-<yyyymmddThhmmssZ>-<6 hex>). List what there is: kalpa backups.`,
      );
    }
    return await readBackup(repository, backup);
  } catch (error) {
    if (isRepositoryError(error, 'NotFound') && fromCluster === undefined) {
      throw failWith('NotFound', `${error.message} A backup of another cluster needs "fromCluster".`);
    }
    throw error;
  }
}
