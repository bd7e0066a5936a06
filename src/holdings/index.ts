/**
 * What a repository holds, read for a plan and for an account: what the janitor, the planning and the command line ask
 * alike.
 */
export { policiesOf, readForPlan } from './read-for-plan';
export { readHoldings } from './read-holdings';
