import { cancellationSignal } from '@temporalio/activity';
import { bareName, formatMicros } from '../../../contract';
import { exportedSnapshot } from '../history/exported-snapshot';
import type { ControlDependencies } from '../dependencies';

export interface DescribedSnapshot {
  createdAt: string;
  /** The cluster deletes it by itself then; absent: never. */
  expiresAt?: string;
  /** Of the schema right now; it is the snapshot's where no DDL came between. */
  schema: string;
}

const HOUR_MICROS = 3_600_000_000n;

/** A complete snapshot's moment and end, as the cluster itself has them. */
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
