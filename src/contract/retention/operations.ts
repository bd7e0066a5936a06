import { z } from 'zod';
import { databaseName } from '../fields/database-fields';

const ID = 'the id of a backup or dump, as `kalpa backups` and `kalpa dumps` list them';
const REASON = 'a reason, 1 to 500 characters in one line';

const named = {
  backup: z
    .string({ error: ID })
    .regex(new RegExp('^[0-9A-Za-z][0-9A-Za-z_.%-]{0,299}$'), { error: ID })
    .describe('Id of a backup or of a dump.'),
  reason: z
    .string({ error: REASON })
    .min(1, { error: REASON })
    .max(500, { error: REASON })
    .refine((reason) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(reason), { error: REASON })
    .describe('Why; recorded for good, with who asked for it.'),
};
const warnings = z.array(z.string()).optional();

export const deleteBackupInput = z.strictObject(named);
export type DeleteBackupInput = z.output<typeof deleteBackupInput>;
export const deleteBackupResult = z.strictObject({
  backupId: z.string(),
  tombstone: z.string().describe('Key of the record.'),
  removedFrom: z.string().describe('From then on its objects are removed; until then `undeleteBackup` restores it.'),
  warnings,
});
export type DeleteBackupResult = z.output<typeof deleteBackupResult>;

export const undeleteBackupInput = z.strictObject(named);
export const holdBackupInput = z.strictObject(named);
export const releaseBackupInput = z.strictObject(named);
export type HoldBackupInput = z.output<typeof holdBackupInput>;
const idResult = { backupId: z.string(), warnings };
export const undeleteBackupResult = z.strictObject(idResult);
export const holdBackupResult = z.strictObject(idResult);
export const releaseBackupResult = z.strictObject(idResult);
export type HoldBackupResult = z.output<typeof holdBackupResult>;

const HASH = 'the plan of a dry run: { key, sha256 }';

export const applyRetentionInput = z.strictObject({
  database: databaseName.optional().describe('Only backups and dumps of this one. Default: all.'),
  dryRun: z.boolean().optional().describe('Only shows what would be deleted.'),
  plan: z
    .strictObject({
      key: z.string({ error: HASH }).max(1024),
      sha256: z.string({ error: HASH }).regex(new RegExp('^[0-9a-f]{64}$'), { error: HASH }),
    })
    .optional()
    .describe('The plan that a dry run has shown: only what it lists is deleted.'),
});
export type ApplyRetentionInput = z.output<typeof applyRetentionInput>;

/** Why a backup or dump stays; the rules before `keepFor` protect it whatever the policies say. */
export const KEEPING_RULES = [
  'not believed',
  'hold',
  'in use',
  'newest',
  'last proved good',
  'minimum copies',
  'recovery window',
  'keepFor',
  'no rule',
  'last',
  'hourly',
  'daily',
  'weekly',
  'monthly',
  'yearly',
] as const;
export type KeepingRule = (typeof KEEPING_RULES)[number];

/** The decision about one backup or dump; also a line of a plan in the bucket. */
export const retentionDecision = z.strictObject({
  backupId: z.string(),
  kind: z.enum(['backup', 'dump']),
  database: z.string().describe('Of a dump of a whole cluster: `ysql` or `ycql`.'),
  decision: z.enum(['keep', 'delete']),
  rules: z.array(z.enum(KEEPING_RULES)).describe('Every rule that keeps it; empty: none does.'),
  because: z.string().describe('The same in words: which rules keep it, or why none does.'),
  goes: z
    .string()
    .optional()
    .describe(
      'When it will be deleted if backups continue as before. Absent: never by these rules, or unknown (a hold, a proof still to come).',
    ),
  freesBytes: z
    .number()
    .describe(
      'Bytes that its deletion frees at least: its own, less what others refer to. Of what is kept: if it alone were deleted.',
    ),
});
export type RetentionDecision = z.output<typeof retentionDecision>;

export const applyRetentionResult = z.strictObject({
  kept: z.number(),
  deleted: z.number().describe('With `dryRun`: what would be.'),
  freedBytes: z.number().describe('At least, once the grace time is over.'),
  first: z.array(retentionDecision).describe('What is deleted first, then the others, newest first; at most 200.'),
  plan: z.strictObject({ key: z.string(), sha256: z.string() }).describe('All of it, a decision a line.'),
  swept: z.number().optional().describe('Of what was deleted earlier: removed from the bucket now.'),
  sweptBytes: z.number().optional(),
  waiting: z.array(z.strictObject({ backupId: z.string(), because: z.string() })).optional(),
  warnings,
});
export type ApplyRetentionResult = z.output<typeof applyRetentionResult>;
