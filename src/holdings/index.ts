/**
 * What a repository holds, read for plans and for accounting: used by the janitor, the planning and the command line
 * alike.
 */
export { policiesOf, readForPlan } from './read-for-plan';
export { readHoldings } from './read-holdings';
