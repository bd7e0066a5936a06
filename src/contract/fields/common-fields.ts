import { z } from 'zod';
import { duration } from './duration';

const ACCEPT_FORM = 'up to 20 refusals as a ContentRefused names them: "<64 hex digits>:<line>"';

/** Refused content that a restore or load runs all the same: each refusal by its name. */
export const acceptField = {
  accept: z
    .array(
      z.string({ error: ACCEPT_FORM }).regex(/^[0-9a-f]{64}:[1-9]\d{0,11}(?:\.[1-9]\d{0,5})?$/, { error: ACCEPT_FORM }),
      {
        error: ACCEPT_FORM,
      },
    )
    .max(20, { error: ACCEPT_FORM })
    .optional()
    .describe(
      'Refused statements that are run all the same, each as ContentRefused names it: the SHA-256 of the text, a colon and the line. Default: none.',
    ),
};

/** A caller takes responsibility for what it restores, signed or not, by naming the hash that the backup reported. */
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
