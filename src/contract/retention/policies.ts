import { z } from 'zod';
import { splitDatabase } from '../fields/database-name';
import { duration } from '../fields/duration';

const NUMBER = 'a whole number from 1 to 100,000';
const slots = z.int({ error: NUMBER }).min(1, { error: NUMBER }).max(100_000, { error: NUMBER }).optional();

/** Rules of one class of backups; each keeps a number of them, and what any of them keeps is kept. */
export const keepRules = z.strictObject({
  last: slots.describe('The newest ones.'),
  hourly: slots.describe('The newest one of each of so many hours that have one; the following likewise.'),
  daily: slots,
  weekly: slots.describe('Weeks begin on Monday (ISO 8601).'),
  monthly: slots,
  yearly: slots,
});
export type KeepRules = z.output<typeof keepRules>;

const TIME_ZONE = 'a time zone such as "UTC" or "Europe/Berlin"';

/** Only names: an offset has no DST, which is seldom what its author means. */
const timeZone = z.string({ error: TIME_ZONE }).refine((name) => /^[A-Za-z]/.test(name) && isKnownZone(name), {
  error: TIME_ZONE,
});

function isKnownZone(name: string): boolean {
  try {
    // eslint-disable-next-line no-restricted-globals -- for kalpa.yaml: policies are no input of a workflow
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const COPIES = 'a whole number from 1 to 1,000';

/** Promises that hold whatever the rules say. */
const promises = {
  recoveryWindow: duration
    .optional()
    .describe(
      'Everything younger is kept, and the newest one that is older: the window can be recovered from its beginning on.',
    ),
  rehearsedWithin: duration
    .optional()
    .describe(
      'How old the newest proved restore (`kalpa rehearse`) may be before `kalpa inspect` says so. Default: 7 days.',
    ),
  minimumCopies: z
    .int({ error: COPIES })
    .min(1, { error: COPIES })
    .max(1_000, { error: COPIES })
    .optional()
    .describe('So many of each database are always left. Default: 1.'),
};

const classRules = z.strictObject({
  keep: keepRules.optional(),
  keepFor: duration.optional().describe('How long each is kept, unless it has a keepFor of its own.'),
});

const labels = z
  .record(z.string().min(1).max(63), classRules)
  .optional()
  .describe('Rules of their own for backups with a label, counted apart from the others.');

const PATTERN = 'a database as the tools write it, or "ysql.*", "ycql.*"';
const pattern = z.string().refine((text) => /^(ysql|ycql)\.\*$/.test(text) || splitDatabase(text) !== undefined, {
  error: PATTERN,
});

/** `policies:` of `kalpa.yaml`: what is kept. Without rules everything is. */
export const policiesSchema = z.strictObject({
  timeZone: timeZone.optional().describe('Where days, weeks, months and years begin; an IANA name. Default: UTC.'),
  keep: keepRules
    .optional()
    .describe('Rules for all backups that no label of the policy is about. Default: all are kept.'),
  keepFor: classRules.shape.keepFor,
  ...promises,
  labels,
  databases: z
    .record(
      pattern,
      z.strictObject({ keep: keepRules.optional(), keepFor: classRules.shape.keepFor, ...promises, labels }),
    )
    .optional()
    .describe('What differs for one database, or for `ysql.*`: each field that is given replaces that above.'),
  dumps: z
    .strictObject({
      keep: keepRules.optional(),
      keepFor: classRules.shape.keepFor,
      minimumCopies: promises.minimumCopies,
    })
    .optional()
    .describe('The same for logical dumps. Default: all are kept.'),
});
export type Policies = z.output<typeof policiesSchema>;
