import { z } from 'zod';

/** One decision, as a plan in the bucket has it. */
export const planLine = z.object({
  id: z.string(),
  kind: z.enum(['backup', 'dump']),
  database: z.string(),
  decision: z.enum(['keep', 'delete']),
  rules: z.array(z.string()),
  because: z.string(),
  goes: z.string().optional(),
  freesBytes: z.number(),
});
export type PlanLine = z.output<typeof planLine>;
