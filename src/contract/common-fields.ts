import { z } from 'zod';
import { duration } from './duration';

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
