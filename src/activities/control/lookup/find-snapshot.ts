import { cancellationSignal } from '@temporalio/activity';
import { didYouMean } from '../../../contract/fields/nearest-name';
import { isRepositoryError, readSnapshotRecord } from '../../../repository';
import { listSnapshots, listSnapshotSchedules, type ListedSnapshot, type SnapshotState } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { given } from '../../../objects/given';

export interface FoundSnapshot {
  database: string;
  /** Of the database when it was taken; a different id under this name now means a different database. */
  namespaceId?: string;
  state: SnapshotState;
  /** The schedule that made it. */
  scheduleId?: string;
  /** It was made by `createSnapshot`. */
  ours: boolean;
  /** Why the record that says so is not trusted. */
  notBelieved?: string;
}

/** A snapshot that the cluster has, and who made it. `NotFound` when the masters don't list it. */
export async function findSnapshot(
  { yugabyte, repository, config }: Pick<ControlDependencies, 'yugabyte' | 'repository' | 'config'>,
  snapshotId: string,
  signal: AbortSignal,
): Promise<FoundSnapshot> {
  const cluster = yugabyte();
  const all = await cluster.run(listSnapshots, { details: true }, { signal });
  const listed = all.find(({ id }) => id === snapshotId);
  const database = databaseOf(listed);
  const namespaceId = listed?.database?.id;
  if (!listed || database === undefined || listed.state === 'DELETING' || listed.state === 'DELETED') {
    const meant = didYouMean(
      snapshotId,
      all.map(({ id }) => id),
    );
    throw failWith(
      'NotFound',
      `Cluster ${config.cluster} holds no snapshot ${snapshotId}${listed ? ` (it is ${listed.state})` : ''}.${meant} List what there is: kalpa snapshot list.`,
      [{ snapshotId }],
    );
  }
  const schedules = await cluster.run(listSnapshotSchedules, {}, { signal });
  const schedule = schedules.find(({ snapshots }) => snapshots.some(({ id }) => id === snapshotId));
  const record = await readSnapshotRecord(repository, snapshotId).catch((error: unknown) => {
    if (isRepositoryError(error, 'ManifestInvalid')) return error.message;
    throw error;
  });
  return {
    database,
    ...given({ namespaceId }),
    state: listed.state,
    ours: typeof record === 'object',
    ...(typeof record === 'string' ? { notBelieved: record } : {}),
    ...(schedule ? { scheduleId: schedule.id } : {}),
  };
}

/** The same for callers that wait until the cluster answers. */
export function makeLookForSnapshot(dependencies: ControlDependencies) {
  return async ({ snapshotId }: { snapshotId: string }): Promise<FoundSnapshot> =>
    await findSnapshot(dependencies, snapshotId, cancellationSignal());
}

/** The database that a snapshot covers, `ysql.orders`. */
export function databaseOf(snapshot: ListedSnapshot | undefined): string | undefined {
  return snapshot?.database && `${snapshot.database.api}.${snapshot.database.name}`;
}
