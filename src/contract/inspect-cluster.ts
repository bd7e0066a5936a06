import { z } from 'zod';

export const inspectClusterInput = z.strictObject({});

export type InspectClusterInput = z.output<typeof inspectClusterInput>;

export const inspectClusterResult = z.strictObject({
  cluster: z.string(),
  version: z.string(),
  dialect: z.string(),
  nodes: z.array(
    z.strictObject({
      node: z.string().describe("host:port of the tserver's RPC address."),
      alive: z.boolean(),
      worker: z.boolean().describe('A node worker that proved to be on this node answers.'),
      freeBytes: z.number().nullable().describe('Of the fullest data directory; null when no worker could tell.'),
    }),
  ),
  databases: z.array(
    z.strictObject({
      database: z.string(),
      tables: z.number(),
      tablets: z.number(),
      bytes: z.number().describe('SST bytes of all replicas as the tservers report them.'),
      pointInTimeRecovery: z.strictObject({ scheduleId: z.string(), every: z.string(), keep: z.string() }).optional(),
      newestBackup: z.strictObject({ backupId: z.string(), recoveryPoint: z.string() }).optional(),
      lastRehearsal: z
        .strictObject({
          backupId: z.string(),
          provedAt: z.string(),
          level: z.string().describe('How deep it was compared.'),
          recoveryTimeSeconds: z.number(),
        })
        .optional()
        .describe(
          'The newest restore of one of its backups that was proved by `rehearseRestore`; absent: there is none.',
        ),
      newestRecoveryPoint: z
        .strictObject({
          at: z.string(),
          by: z.string(),
          ageSeconds: z.number().describe('At the time of the inspection.'),
        })
        .optional()
        .describe('The latest moment that the database can be brought back to; absent: there is none.'),
      nextRuns: z
        .array(
          z.strictObject({
            schedule: z.string().describe('Id of the Temporal schedule.'),
            operation: z.string(),
            at: z.string().optional().describe('Absent while it is paused, and when no more runs will come.'),
          }),
        )
        .optional()
        .describe('What Temporal schedules will start for it; absent where Temporal could not be asked.'),
      recoverable: z
        .array(z.strictObject({ from: z.string(), to: z.string(), by: z.string() }))
        .describe(
          'Every moment from `from` to `to` can be recovered, by a backup or by the snapshot schedule; oldest first.',
        ),
      recoverableLeftOut: z
        .number()
        .optional()
        .describe(
          'So many older ranges are not listed: an answer has room for some thousands. `kalpa backups` has all.',
        ),
    }),
  ),
  snapshots: z
    .array(
      z.strictObject({
        snapshotId: z.string(),
        database: z.string(),
        state: z.string(),
        createdAt: z.string().optional().describe('Absent where this release does not print it.'),
        madeBy: z.enum(['kalpa', 'schedule', 'foreign']).describe('"foreign": by hand, or by a run that is going on.'),
        dropped: z.boolean().optional().describe('Its database was dropped: nothing can be restored from it.'),
      }),
    )
    .optional()
    .describe('Snapshots inside the cluster.'),
  goneSchedules: z
    .array(
      z.strictObject({
        scheduleId: z.string(),
        database: z.string().describe('As its snapshots name it; another database may have this name now.'),
        every: z.string(),
        keep: z.string(),
        snapshots: z.number().describe('That it still keeps.'),
      }),
    )
    .optional()
    .describe('Snapshot schedules of databases that were dropped. They protect nothing.'),
  store: z.strictObject({ safe: z.boolean(), findings: z.array(z.string()) }),
  problems: z.array(z.string()),
  warnings: z.array(z.string()).optional(),
});

export type InspectClusterResult = z.output<typeof inspectClusterResult>;
