import { z } from 'zod';
import { manifestSha256 } from '../fields/common-fields';
import { DURATION_FORM, durationMs } from '../fields/duration';
import { limitsSchema } from '../fields/limits';
import { DEFAULT_PROVED_WITHIN, PROOF_LEVELS } from './proof-levels';

const ID = 'the id of a backup or dump, as `kalpa backups` and `kalpa dumps` list them';
const LEVEL = 'one of "present", "sizes", "sample" and "full"';
const WITHIN = `${DURATION_FORM}; "0s" reads everything again`;

export const verifyBackupInput = z.strictObject({
  backup: z
    .string({ error: ID })
    .regex(new RegExp('^[0-9A-Za-z][0-9A-Za-z_.%-]{0,299}$'), { error: ID })
    .describe('Id of a backup or of a dump.'),
  level: z
    .enum(PROOF_LEVELS, { error: LEVEL })
    .describe(
      'present: every object is there. sizes: with its recorded size, the very object that was written. sample: and a thirtieth of the files, another one each day, is read and has its SHA-256. full: every file.',
    ),
  provedWithin: z
    .string({ error: WITHIN })
    .refine((text) => durationMs(text) !== undefined, { error: WITHIN })
    .optional()
    .describe(
      `What a verification of any backup has read and found right within this time is not read again. Default: ${DEFAULT_PROVED_WITHIN}.`,
    ),
  manifestSha256: manifestSha256.describe('Only the backup whose manifest has this hash, signed or not.'),
  repair: z
    .boolean()
    .optional()
    .describe(
      'true: what is missing or damaged is fetched again from the node that it was backed up from, if the very same file is still there. Default: false.',
    ),
  bytesPerSecond: limitsSchema.shape.bytesPerSecond.describe('Bytes per second that are read. Default: no limit.'),
  parallelism: limitsSchema.shape.parallelism.describe('Requests in flight. Default: 4.'),
});
export type VerifyBackupInput = z.output<typeof verifyBackupInput>;

export const verifyBackupResult = z.strictObject({
  backupId: z.string(),
  level: z.enum(PROOF_LEVELS),
  objects: z.number().describe('Objects that it consists of; of a pack each file counts.'),
  bytes: z.number().describe('Bytes of them.'),
  readBytes: z.number().describe('Of them read now.'),
  provedBytes: z.number().describe('Of them not read, since they had been within `provedWithin`.'),
  problems: z
    .array(z.string())
    .describe('First the backups that need something that is damaged, then what it is; at most 100. Empty: none.'),
  affected: z
    .array(z.string())
    .optional()
    .describe('Backups that need something that is damaged, this one among them; at most 200.'),
  repaired: z
    .strictObject({ files: z.number(), bytes: z.number() })
    .optional()
    .describe('With `repair`: what was fetched again from the cluster.'),
  unrepaired: z
    .array(z.string())
    .optional()
    .describe('With `repair`: what could not be, each with why; at most 100. Absent: nothing.'),
  record: z
    .strictObject({ key: z.string(), sha256: z.string() })
    .describe('The record in the bucket, with up to 1,000 problems.'),
  warnings: z.array(z.string()).optional(),
});
export type VerifyBackupResult = z.output<typeof verifyBackupResult>;
