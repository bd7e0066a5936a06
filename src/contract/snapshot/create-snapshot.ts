import { z } from 'zod';
import { busyFields } from '../fields/common-fields';
import { databaseName } from '../fields/database-fields';
import { duration } from '../fields/duration';
import { ONLY_KEYSPACES, tablesOnlyOfKeyspace, tablesOfKeyspace } from '../fields/tables-of-keyspace';

export const createSnapshotInput = z
  .strictObject({
    database: databaseName.describe(
      'The database or keyspace to snapshot inside the cluster: "ysql.orders", "ycql.shop".',
    ),
    tables: tablesOfKeyspace.describe(
      'Of a keyspace (YCQL): only these tables; their indexes come along. Default: all.',
    ),
    keepFor: duration
      .optional()
      .describe('How long until the snapshot is deleted automatically. Default: kept until someone deletes it.'),
    ...busyFields,
  })
  .refine(tablesOnlyOfKeyspace, { path: ['tables'], error: ONLY_KEYSPACES });

export type CreateSnapshotInput = z.output<typeof createSnapshotInput>;

export const createSnapshotResult = z.strictObject({
  snapshotId: z.string(),
  database: z.string(),
  createdAt: z.string().describe('The one moment that the snapshot holds, RFC 3339 UTC with microseconds.'),
  expiresAt: z.string().optional().describe('When it is deleted automatically; absent: never.'),
  warnings: z.array(z.string()).optional(),
});

export type CreateSnapshotResult = z.output<typeof createSnapshotResult>;
