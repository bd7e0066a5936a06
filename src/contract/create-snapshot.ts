import { z } from 'zod';
import { busyFields, notAvailableYet } from './common-fields';
import { ysqlDatabase } from './database-name';
import { duration } from './duration';

export const createSnapshotInput = z.strictObject({
  database: ysqlDatabase.describe('The database to snapshot inside the cluster: "ysql.orders".'),
  tables: notAvailableYet('a choice of tables (YCQL only)'),
  keepFor: duration
    .optional()
    .describe('After so long the snapshot is deleted by itself. Default: kept until somebody deletes it.'),
  ...busyFields,
});

export type CreateSnapshotInput = z.output<typeof createSnapshotInput>;

export const createSnapshotResult = z.strictObject({
  snapshotId: z.string(),
  database: z.string(),
  createdAt: z.string().describe('The one moment that the snapshot holds, RFC 3339 UTC with microseconds.'),
  expiresAt: z.string().optional().describe('When it is deleted by itself; absent: never.'),
  warnings: z.array(z.string()).optional(),
});

export type CreateSnapshotResult = z.output<typeof createSnapshotResult>;
