import { z } from 'zod';

const rate = "a whole number of bytes per second; 0 lifts the run's limit";
const streams = "a whole number from 0 to 64; 0 lifts the run's limit";

/** For each node; the node's own limit over all runs stays the ceiling. */
export const limitsSchema = z.strictObject({
  bytesPerSecond: z
    .int({ error: rate })
    .min(0, { error: rate })
    .optional()
    .describe('Bytes per second, for each node; 0 lifts the limit of the run.'),
  parallelism: z
    .int({ error: streams })
    .min(0, { error: streams })
    .max(64, { error: streams })
    .optional()
    .describe('Requests in flight, for each node; 0 lifts the limit of the run.'),
});

export type Limits = z.output<typeof limitsSchema>;

/** Name of the signal by which changed limits reach the run of a node. */
export const LIMITS_SIGNAL = 'limits';

/** Name of the update on copying workflows; takes effect on the running copy within 5 s. */
export const SET_LIMITS_UPDATE = 'setLimits';
