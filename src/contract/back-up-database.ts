import { z } from 'zod';
import { busyFields } from './fields/common-fields';
import { databaseName } from './fields/database-fields';
import { duration } from './fields/duration';
import { tablesOfKeyspace, ONLY_KEYSPACES, tablesOnlyOfKeyspace } from './fields/tables-of-keyspace';
import { limitsSchema } from './fields/limits';

export const FINGERPRINT_LEVELS = ['none', 'counts', 'full'] as const;

export const backUpDatabaseInput = z
  .strictObject({
    database: databaseName.describe(
      'The database or keyspace to back up, as the tools write it: "ysql.orders", "ycql.shop".',
    ),
    tables: tablesOfKeyspace.describe(
      'Of a keyspace (YCQL): only these tables; their indexes come along. Default: all.',
    ),
    label: z
      .string({ error: 'a text of 1 to 63 characters' })
      .min(1, { error: 'a text of 1 to 63 characters' })
      .max(63, { error: 'a text of 1 to 63 characters' })
      .optional()
      .describe('A retention class; recorded with the backup.'),
    keepFor: duration.optional().describe('How long to keep the backup, over the policy; recorded with the backup.'),
    incremental: z
      .enum(['auto', 'no'], { error: '"auto" or "no"' })
      .optional()
      .describe(
        'auto (default): files that earlier backups of the database already have are referred to, not uploaded again. no: everything is uploaded.',
      ),
    fingerprint: z
      .enum(FINGERPRINT_LEVELS, { error: '"none", "counts" or "full"' })
      .optional()
      .describe(
        'Row counts (or digests of the rows) recorded with the backup, so that a restore can be compared. Default: counts.',
      ),
    ...limitsSchema.shape,
    ...busyFields,
  })
  .refine(tablesOnlyOfKeyspace, { path: ['tables'], error: ONLY_KEYSPACES });

export type BackUpDatabaseInput = z.output<typeof backUpDatabaseInput>;

export const backUpDatabaseResult = z.strictObject({
  backupId: z.string().describe('`<database>-<yyyymmddThhmmssZ>-<6 hex>`.'),
  database: z.string(),
  recoveryPoint: z.string().describe('The one moment that the backup holds, RFC 3339 UTC with microseconds.'),
  snapshotId: z.string(),
  tables: z.number().describe('Number of tables with storage, indexes not counted.'),
  tablets: z.number(),
  files: z.number(),
  bytes: z.number(),
  uploadedBytes: z.number(),
  reusedBytes: z.number(),
  manifest: z.strictObject({ key: z.string(), sha256: z.string() }),
  durationSeconds: z.number(),
  warnings: z.array(z.string()).optional(),
});

export type BackUpDatabaseResult = z.output<typeof backUpDatabaseResult>;
