export * as fields from './fields';
export * from './copy-heartbeat';
export * from './messages';
export * from './settings';
export * from './undo-note';
export * as shapes from './common-schemas';
export { ownerEnd, trigger, undo } from './undo';
export { ERRORS_OF_CODE } from './errors-of-code';
