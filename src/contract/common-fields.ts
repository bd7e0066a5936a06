import { z } from 'zod';
import { duration } from './duration';

const SHA256_FORM = 'up to 20 SHA-256 of 64 hex digits, as a ContentRefused names them';

/** What restores and loads accept of content that is refused otherwise. */
export const acceptField = {
  accept: z
    .array(z.string({ error: SHA256_FORM }).regex(/^[0-9a-f]{64}$/, { error: SHA256_FORM }), { error: SHA256_FORM })
    .max(20, { error: SHA256_FORM })
    .optional()
    .describe(
      'The SHA-256 of content whose refused statements (ContentRefused names them and it) are run all the same. Default: none.',
    ),
};

/** A caller answers for what it restores, signed or not, by naming the hash that the backup reported. */
export const manifestSha256 = z
  .string({ error: 'a SHA-256, 64 hex digits' })
  .regex(/^[0-9a-f]{64}$/, { error: 'a SHA-256, 64 hex digits' })
  .optional();

/** What every workflow that takes a guardian also accepts. */
export const busyFields = {
  whenBusy: z
    .enum(['fail', 'wait'], { error: '"fail" or "wait"' })
    .optional()
    .describe('What to do when another operation holds the database. Default: fail.'),
  waitAtMost: duration
    .optional()
    .describe('With whenBusy "wait": how long to wait before DatabaseBusy. Default: as long as it takes.'),
};
