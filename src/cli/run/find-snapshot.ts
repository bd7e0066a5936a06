import type { InspectClusterResult } from '../../contract';
import { CommandError } from '../core/command-error';
import { EXIT } from '../core/exit-codes';
import { didYouMean } from '../../contract/fields/nearest-name';
import type { Session } from '../core/session';
import { inspectCluster } from './inspect-run';

type Snapshot = NonNullable<InspectClusterResult['snapshots']>[number];

/** Looks up a snapshot inside the cluster before it is deleted or restored. Changes nothing. */
export async function findSnapshot(session: Session, snapshotId: string): Promise<Snapshot> {
  const { snapshots = [] } = await inspectCluster(session);
  const found = snapshots.find((one) => one.snapshotId === snapshotId);
  if (found) return found;
  const ids = snapshots.map((one) => one.snapshotId);
  throw new CommandError(
    'NotFound',
    `There is no snapshot ${snapshotId} inside the cluster; nothing was changed.${didYouMean(snapshotId, ids) || ' List them: kalpa snapshot list.'}`,
    EXIT.refused,
  );
}

/** `taken at 2026-…`; some releases do not print the time. */
export const takenAtText = ({ createdAt }: Snapshot): string =>
  createdAt === undefined ? 'taken at a time that this release does not report' : `taken at ${createdAt}`;
