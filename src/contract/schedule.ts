import { z } from 'zod';
import { duration, durationMs } from './fields/duration';
import { encodeForId } from './names';
import { operations, type OperationName, type OperationTypes } from './operations';
import { schedulable, type ScheduledOperation, type ScheduleWord } from './schedulable';

/**
 * Missed runs of the last day are made up for after Temporal was unavailable; after a longer absence only the newest
 * matters.
 */
export const DEFAULT_CATCH_UP = '1 day';

const words = Object.keys(schedulable) as ScheduleWord[];
const operationNames = words.map((word) => schedulable[word]);
const ONE_OF = 'exactly one of "cron" (such as "0 2 * * *") and "every" (such as "6h")';
const ID = 'a text of 1 to 200 characters';
const CRON = 'a cron expression of five fields such as "0 2 * * *"';
const EVERY = 'a duration of at least 1 second such as "6h"';
const NOTE = 'a text of at most 200 characters';

/** A Temporal schedule as Kalpa makes and records it. */
export const scheduleDefinition = z
  .strictObject({
    scheduleId: z.string({ error: ID }).min(1, { error: ID }).max(200, { error: ID }),
    operation: z.enum(operationNames, { error: `one of ${operationNames.join(', ')}` }),
    input: z.record(z.string(), z.unknown(), { error: 'the input of the operation, one JSON object' }),
    cron: z.string({ error: CRON }).min(1, { error: CRON }).optional().describe("Temporal's own cron expressions."),
    every: duration
      .refine((text) => (durationMs(text) ?? 0) >= 1_000, { error: EVERY })
      .optional()
      .describe('Counted from 1970-01-01T00:00:00Z: "6h" runs at 00, 06, 12 and 18 UTC.'),
    timeZone: z.string().min(1).optional().describe('IANA name, with "cron" only. Default: UTC.'),
    catchUp: duration
      .optional()
      .describe(`How late a missed run may still be made up for. Default: ${DEFAULT_CATCH_UP}.`),
    note: z.string({ error: NOTE }).max(200, { error: NOTE }).optional(),
    paused: z.boolean({ error: 'true or false' }).optional(),
  })
  .refine(({ cron, every }) => (cron === undefined) !== (every === undefined), { path: ['cron'], error: ONE_OF })
  .refine(({ every, timeZone }) => every === undefined || timeZone === undefined, {
    path: ['timeZone'],
    error: 'none with "every", which counts from midnight UTC; use "cron" for a local time',
  })
  .refine(({ operation, input }) => operation !== 'createSnapshot' || input['keepFor'] !== undefined, {
    path: ['input', 'keepFor'],
    error: 'a duration such as "2 days": without an end, scheduled snapshots fill the disks of the cluster',
  });

export type ScheduleDefinition = z.output<typeof scheduleDefinition>;

/** What a caller gives to add a schedule; the rest has defaults. */
export type NewSchedule = {
  [O in ScheduledOperation]: Omit<ScheduleDefinition, 'scheduleId' | 'operation' | 'input'> & {
    /** Default: `<backup|snapshot|dump|dump-cluster>/<cluster>/<database>`. */
    scheduleId?: string;
    operation: O;
    /** `whenBusy` defaults to wait here, so that a run that finds the database busy is late, not missing. */
    input: OperationTypes[O]['input'];
  };
}[ScheduledOperation];

/** The subject of an input, for ids: the database, or the API for the dump of a whole cluster. */
export function subjectOfInput(input: Record<string, unknown>): string | undefined {
  const subject = input['database'] ?? input['api'];
  return typeof subject === 'string' ? subject : undefined;
}

/** The id of a schedule that was given none. */
export function defaultScheduleId(cluster: string, operation: ScheduledOperation, subject: string): string {
  const word = words.find((one) => schedulable[one] === operation) ?? operation;
  return `${word}/${cluster}/${encodeForId(subject)}`;
}

/** Whether a workflow type is one of Kalpa's operations: anybody may schedule one in the Temporal UI. */
export const isOperation = (workflowType: string): workflowType is OperationName =>
  Object.hasOwn(operations, workflowType);
