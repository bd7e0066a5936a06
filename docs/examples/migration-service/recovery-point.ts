import type { KalpaClient } from 'kalpa';

/** A moment that a database can be put back to. */
export interface RecoveryPoint {
  database: string;
  /** RFC 3339 UTC with microseconds, by the cluster's clock. */
  moment: string;
  snapshotId: string;
  /** Whether the cluster keeps the history of the database: then a rewind takes schema changes back, too. */
  hasHistory: boolean;
}

/** How long the way back stays open after a migration that went well. */
const KEEP_FOR = '2 days';

/**
 * Takes a snapshot inside the cluster: seconds, whatever the size of the database. `id` makes it safe to ask again: a
 * service that was restarted in between finds the snapshot that is being taken.
 */
export async function takeRecoveryPoint(kalpa: KalpaClient, database: string, id: string): Promise<RecoveryPoint> {
  const { databases } = await kalpa.inspectCluster.run({});
  const hasHistory = databases.find((one) => one.database === database)?.pointInTimeRecovery !== undefined;
  const { snapshotId, createdAt } = await kalpa.createSnapshot.run(
    { database, keepFor: KEEP_FOR, whenBusy: 'wait', waitAtMost: '10 minutes' },
    { workflowId: `migration/${id}/recovery-point`, conflict: 'useExisting' },
  );
  return { database, moment: createdAt, snapshotId, hasHistory };
}

/**
 * Puts the database back. With history it is rewound, schema and rows. Without, the snapshot puts rows back, and is
 * refused (`PreflightFailed`) when the migration had changed the schema: then a backup is the way.
 */
export async function rollBack(kalpa: KalpaClient, point: RecoveryPoint, id: string): Promise<'rewind' | 'snapshot'> {
  const { database, moment, snapshotId } = point;
  const options = { workflowId: `migration/${id}/roll-back`, conflict: 'useExisting' } as const;
  if (point.hasHistory) {
    await kalpa.recoverToPointInTime.run(
      { database, to: moment, confirmDataLoss: database, whenBusy: 'wait' },
      options,
    );
    return 'rewind';
  }
  await kalpa.restoreSnapshot.run({ snapshotId, confirm: database, whenBusy: 'wait' }, options);
  return 'snapshot';
}
