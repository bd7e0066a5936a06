import { z } from 'zod';
import { acceptField, busyFields } from './fields/common-fields';
import { databaseName } from './fields/database-fields';
import { INSTANT_FORM, instantMicros } from './fields/instant';
import { languageOf } from './fields/languages';
import { limitsSchema } from './fields/limits';
import { VERIFY_LEVELS } from './restore-database';

const MOMENT = `${INSTANT_FORM}, or "random"`;
const ID = 'the id of a backup, as `kalpa backups` lists it';

export const rehearseRestoreInput = z.strictObject({
  database: databaseName
    .refine((database) => languageOf(database).renames, {
      error:
        'a database of YSQL: a keyspace (YCQL) has no scratch name, so it is not rehearsed. Restore it beside the original instead: restoreDatabase with "as"',
    })
    .describe('Whose backup is restored to a scratch database, compared, timed and dropped again.'),
  backup: z
    .string({ error: ID })
    .min(1, { error: ID })
    .max(400, { error: ID })
    .optional()
    .describe('Id of a backup. Default: one of its complete backups at random, none that is proved bad.'),
  to: z
    .string({ error: MOMENT })
    .refine((text) => text === 'random' || instantMicros(text) !== undefined, { error: MOMENT })
    .optional()
    .describe(
      'A moment inside the history that a backup carries, or "random" for any of the chosen one. Default: its recovery point, of which alone rows can be compared.',
    ),
  verify: z
    .enum(VERIFY_LEVELS, { error: '"objects", "counts" or "full"' })
    .optional()
    .describe('How deep the restored database is compared with what the backup recorded. Default: counts.'),
  keep: z
    .boolean({ error: 'true or false' })
    .optional()
    .describe('Keeps the restored database, under a name given in the result. Default: false.'),
  roles: z
    .enum(['require', 'skip'], { error: '"require" or "skip"' })
    .optional()
    .describe(
      'Roles that the backup needs and the cluster lacks: refuse, or leave out what names roles. Default: require.',
    ),
  tablespaces: z
    .enum(['require', 'skip'], { error: '"require" or "skip"' })
    .optional()
    .describe('Tablespaces that the cluster lacks: refuse, or restore without. Default: require.'),
  ...limitsSchema.shape,
  ...acceptField,
  ...busyFields,
});

export type RehearseRestoreInput = z.output<typeof rehearseRestoreInput>;

export const rehearseRestoreResult = z.strictObject({
  backupId: z.string(),
  database: z.string().describe('Whose backup it is.'),
  recoveryPoint: z.string().describe('The moment that was restored.'),
  provedAt: z.string(),
  recoveryTimeSeconds: z.number().describe('From the start of the run to the proof; the cleaning up comes after it.'),
  phases: z
    .array(z.strictObject({ phase: z.string(), seconds: z.number() }))
    .describe('Where that time went, in order.'),
  tablesChecked: z.number(),
  rowsChecked: z.number(),
  level: z.enum(VERIFY_LEVELS),
  record: z.string().describe('Key of the record of the proof in the bucket.'),
  keptAs: z.string().optional().describe('With `keep`: the restored database, as the tools write it.'),
  warnings: z.array(z.string()).optional(),
});

export type RehearseRestoreResult = z.output<typeof rehearseRestoreResult>;
