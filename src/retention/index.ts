/**
 * Decides what is kept and what is deleted: pure functions, so that a plan can be shown before anything is done. Knows
 * neither the bucket nor Temporal.
 */
export type { BackupOrDump } from './backup-or-dump';
export { brokenPromises, plan, type Plan, type PlanInput } from './plan';
export { rulesOf } from './rules-of';
export { durationWords } from './words';
export { simulate, type SimulatedMonth } from './simulate';
export { Costs, usageOf, type FreedBytes, type Holding, type Usage, type UsageInput } from './costs';
