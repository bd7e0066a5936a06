export { redactFailure, redactFields } from './redact-fields';
export { excerpt, redact } from './redact';
