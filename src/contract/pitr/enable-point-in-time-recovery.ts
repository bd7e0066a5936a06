import { z } from 'zod';
import { busyFields } from '../fields/common-fields';
import { databaseName } from '../fields/database-fields';
import { checkedDurationMs, duration, durationMs } from '../fields/duration';

const MINUTE_MS = 60_000;
const WHOLE_MINUTES = 'whole minutes, at least one ("1h", "7 days"): the cluster cuts seconds off';

const minutes = duration.refine(
  (text) => {
    const ms = durationMs(text);
    return ms === undefined || (ms >= MINUTE_MS && ms % MINUTE_MS === 0);
  },
  { error: WHOLE_MINUTES },
);

export const enablePointInTimeRecoveryInput = z
  .strictObject({
    database: databaseName.describe('The database to make recoverable to any moment: "ysql.orders".'),
    every: minutes.describe('How often the cluster takes a snapshot: "1h". Whole minutes.'),
    keep: minutes.describe('How far back the database can be recovered: "7 days". Whole minutes, longer than `every`.'),
    ...busyFields,
  })
  .refine(
    ({ every, keep }) =>
      durationMs(every) === undefined ||
      durationMs(keep) === undefined ||
      checkedDurationMs(keep) > checkedDurationMs(every),
    { path: ['keep'], error: 'longer than "every": a snapshot must be kept until the next one exists' },
  );

export type EnablePointInTimeRecoveryInput = z.output<typeof enablePointInTimeRecoveryInput>;

export const enablePointInTimeRecoveryResult = z.strictObject({
  scheduleId: z.string(),
  database: z.string(),
  every: z.string(),
  keep: z.string(),
  warnings: z.array(z.string()).optional(),
});

export type EnablePointInTimeRecoveryResult = z.output<typeof enablePointInTimeRecoveryResult>;
