import { cancellationSignal } from '@temporalio/activity';
import { bareName, formatMicros } from '../../../contract';
import { exportedSnapshot } from '../history/exported-snapshot';
import type { ControlDependencies } from '../dependencies';

export interface DescribedSnapshot {
  createdAt: string;
  /** When the cluster deletes it on its own; absent: never. */
  expiresAt?: string;
  /** Of the present schema; it is the snapshot's unless DDL came in between. */
  schema: string;
}

const HOUR_MICROS = 3_600_000_000n;

/** The moment and expiry of a complete snapshot, as the cluster lists them. */
export function makeDescribeSnapshot({ yugabyte }: ControlDependencies) {
  return async function describeSnapshot({
    snapshotId,
    database,
  }: {
    snapshotId: string;
    database: string;
  }): Promise<DescribedSnapshot> {
    const cluster = yugabyte();
    const signal = cancellationSignal();
    const { exported } = await exportedSnapshot(cluster, snapshotId, signal);
    const { snapshotMicros, retentionHours } = exported;
    return {
      createdAt: formatMicros(snapshotMicros),
      schema: await cluster.api(database).schemaDigest(bareName(database), { signal }),
      ...(retentionHours === undefined
        ? {}
        : { expiresAt: formatMicros(String(BigInt(snapshotMicros) + BigInt(retentionHours) * HOUR_MICROS)) }),
    };
  };
}
