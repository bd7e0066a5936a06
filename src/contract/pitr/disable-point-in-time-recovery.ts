import { z } from 'zod';
import { busyFields } from '../fields/common-fields';
import { databaseName } from '../fields/database-fields';

export const disablePointInTimeRecoveryInput = z.strictObject({
  database: databaseName.describe('The database whose snapshot schedule is deleted, with all its snapshots.'),
  ...busyFields,
});

export type DisablePointInTimeRecoveryInput = z.output<typeof disablePointInTimeRecoveryInput>;

export const disablePointInTimeRecoveryResult = z.strictObject({
  scheduleId: z.string(),
  database: z.string(),
  warnings: z.array(z.string()).optional(),
});

export type DisablePointInTimeRecoveryResult = z.output<typeof disablePointInTimeRecoveryResult>;
