export { redactFailure, redactFields } from './redact-fields';
export { excerpt, redact } from './redact';
export { escapeControls } from './escape-controls';
export { boundError, cutText } from './cut-text';
