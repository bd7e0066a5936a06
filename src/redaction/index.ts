export { redactFailure, redactFields } from './redact-fields';
export { excerpt, redact } from './redact';
export { shownText } from './shown-text';
export { boundError, cutText } from './bounded';
