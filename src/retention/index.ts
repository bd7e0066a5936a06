/** What is kept and what goes: pure, so that a plan can be shown before anything is done. Knows neither the bucket nor Temporal. */
export type { Copy, Decision, KeepingRule } from './copy';
export { brokenPromises, plan, type Plan, type PlanInput } from './plan';
export { simulate, type SimulatedMonth } from './simulate';
