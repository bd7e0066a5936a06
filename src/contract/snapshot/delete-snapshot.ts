import { z } from 'zod';
import { busyFields } from '../fields/common-fields';
import { snapshotIdField } from '../fields/snapshot-id';

export const deleteSnapshotInput = z.strictObject({
  snapshotId: snapshotIdField.describe('A snapshot that createSnapshot made; others are never deleted.'),
  ...busyFields,
});

export type DeleteSnapshotInput = z.output<typeof deleteSnapshotInput>;

export const deleteSnapshotResult = z.strictObject({
  snapshotId: z.string(),
  warnings: z.array(z.string()).optional(),
});

export type DeleteSnapshotResult = z.output<typeof deleteSnapshotResult>;
