import { z } from 'zod';
import { busyFields } from '../fields/common-fields';
import { databaseName } from '../fields/database-fields';
import { instant } from '../fields/instant';
import { snapshotIdField } from '../fields/snapshot-id';

export const restoreSnapshotInput = z.strictObject({
  snapshotId: snapshotIdField.describe('A snapshot that the cluster holds: kalpa snapshot list.'),
  to: instant
    .optional()
    .describe("A moment inside the history that the snapshot holds. Default: the snapshot's own moment."),
  confirm: databaseName.describe(
    'The database again, "ysql.orders": everything written to it after that moment is lost.',
  ),
  ...busyFields,
});

export type RestoreSnapshotInput = z.output<typeof restoreSnapshotInput>;

export const restoreSnapshotResult = z.strictObject({
  restorationId: z.string(),
  database: z.string(),
  restoredTo: z.string().describe('The moment that the database holds now, RFC 3339 UTC with microseconds.'),
  warnings: z.array(z.string()).optional(),
});

export type RestoreSnapshotResult = z.output<typeof restoreSnapshotResult>;
