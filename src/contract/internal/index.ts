export * as fields from './fields';
export * from './messages';
export * as shapes from './shapes';
export { ownerEnd, trigger, undo } from './undo';
