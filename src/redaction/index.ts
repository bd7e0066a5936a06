export { redactFailure, redactFields } from './redact-fields';
export { excerpt, redact } from './redact';
export { escapeControls } from './shown-text';
export { boundError, cutText } from './bounded';
