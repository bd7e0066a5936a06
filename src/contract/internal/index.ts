export * as fields from './fields';
export * from './messages';
export * as shapes from './shapes';
export { ownerEnd, trigger, undo } from './undo';
export { ERRORS_OF_CODE } from './errors-of-code';
