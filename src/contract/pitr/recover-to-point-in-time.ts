import { z } from 'zod';
import { busyFields } from '../fields/common-fields';
import { databaseName, newName } from '../fields/database-fields';
import { duration, durationMs } from '../fields/duration';
import { instant } from '../fields/instant';

/** What a rewind in place affects; shown before it is confirmed and recorded with the result. */
export const rewindPreview = z.strictObject({
  window: z
    .strictObject({ from: z.string(), to: z.string() })
    .describe('Every moment in it can be recovered; RFC 3339 UTC with microseconds.'),
  scheduleId: z.string(),
  revertsDdl: z.boolean().describe('False: this version reverts data only, so the schema must be as it was.'),
  ddlSince: z.array(z.string()).describe('Tables created or dropped since that moment, as far as snapshots show.'),
  openConnections: z.number().describe('Sessions of others in the database, at the node that was asked.'),
  notReverted: z.array(z.string()),
  streams: z
    .array(z.string())
    .optional()
    .describe('Streams that carry its changes elsewhere (change data capture, xCluster); a rewind leaves them behind.'),
  replicatedTables: z
    .array(z.string())
    .optional()
    .describe('Tables that xCluster replication writes from another universe; a rewind leaves it where it was.'),
  newestBackup: z.string().optional().describe('The way back, should the rewind fail: a backup outside the cluster.'),
});

export type RewindPreview = z.output<typeof rewindPreview>;

const MAX_AGE_MS = 20 * 365 * 86_400_000;
const ONE_OF = 'exactly one of "to" (an instant) and "ago" (a duration such as "1h 5m")';

export const recoverToPointInTimeInput = z
  .strictObject({
    database: databaseName.describe('The database to recover: "ysql.orders".'),
    to: instant.optional().describe('The moment to recover to.'),
    ago: duration
      .refine((ago) => (durationMs(ago) ?? 0) <= MAX_AGE_MS, { error: 'at most 20 years' })
      .optional()
      .describe('Or how long before the start of this run: "1h 5m". Resolved once.'),
    as: newName
      .optional()
      .describe('Given: a copy of that moment under this new, bare name; the original is not touched.'),
    confirmDataLoss: databaseName
      .optional()
      .describe('For a rewind in place: the database again. Everything written after that moment is lost for good.'),
    acknowledgeStreams: z
      .boolean({ error: 'true or false' })
      .optional()
      .describe(
        'For a rewind in place of a database whose changes are carried elsewhere (change data capture, xCluster), or come from elsewhere: true says that both sides are prepared.',
      ),
    ...busyFields,
  })
  .refine(({ to, ago }) => (to === undefined) !== (ago === undefined), { path: ['to'], error: ONE_OF });

export type RecoverToPointInTimeInput = z.output<typeof recoverToPointInTimeInput>;

export const recoverToPointInTimeResult = z.strictObject({
  database: z.string().describe('The recovered database: the original, or the copy.'),
  recoveredTo: z.string().describe('The moment that it holds, RFC 3339 UTC with microseconds.'),
  mode: z.enum(['rewind', 'clone']),
  restorationId: z.string().optional(),
  invalidIndexes: z.array(z.string()).describe('Drop and create these again.'),
  covered: rewindPreview.optional().describe('What the rewind covered, as it was before.'),
  durationSeconds: z.number(),
  warnings: z.array(z.string()).optional(),
});

export type RecoverToPointInTimeResult = z.output<typeof recoverToPointInTimeResult>;
