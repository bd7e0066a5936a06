import { z } from 'zod';
import { databaseName } from '../fields/database-fields';
import { DURATION_FORM, durationMs } from '../fields/duration';
import { limitsSchema } from '../fields/limits';

/** Every stored byte is read again within this time. */
export const DEFAULT_SCRUB_WITHIN = '30 days';
/** How often a scrub is run. */
export const DEFAULT_SCRUB_EVERY = '1 day';

const SPAN = `${DURATION_FORM}, and not 0`;
const span = z.string({ error: SPAN }).refine((text) => (durationMs(text) ?? 0) > 0, { error: SPAN });

export const scrubRepositoryInput = z.strictObject({
  database: databaseName.optional().describe('Only backups and dumps of this one. Default: all.'),
  within: span
    .optional()
    .describe(`Every byte is to be read again within this time. Default: ${DEFAULT_SCRUB_WITHIN}.`),
  every: span
    .optional()
    .describe(
      `How often a scrub runs: each one reads the share of that time, what was longest not read first, and what would be late at the next one. Default: ${DEFAULT_SCRUB_EVERY}.`,
    ),
  bytesPerSecond: limitsSchema.shape.bytesPerSecond.describe('Bytes per second that are read. Default: no limit.'),
  parallelism: limitsSchema.shape.parallelism.describe('Requests in flight. Default: 4.'),
});
export type ScrubRepositoryInput = z.output<typeof scrubRepositoryInput>;

export const scrubRepositoryResult = z.strictObject({
  backups: z.number().describe('Backups and dumps whose objects were looked at.'),
  bytes: z.number().describe('Bytes that they hold together, each once.'),
  readBytes: z.number().describe('Of them read now.'),
  lateBytes: z.number().describe('Of them those that had not been read, or written, within the time.'),
  problems: z
    .array(z.string())
    .describe('First the backups that need something that is damaged, then what it is; at most 100. Empty: none.'),
  affected: z.array(z.string()).optional().describe('Backups that need something that is damaged; at most 200.'),
  warnings: z.array(z.string()).optional(),
});
export type ScrubRepositoryResult = z.output<typeof scrubRepositoryResult>;
