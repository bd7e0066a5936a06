export * as fields from './fields';
export * from './messages';
export * as shapes from './common-schemas';
export { ownerEnd, trigger, undo } from './undo';
export { ERRORS_OF_CODE } from './errors-of-code';
