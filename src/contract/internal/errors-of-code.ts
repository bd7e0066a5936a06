/**
 * The language's own errors, thrown by a bug in workflow code. A run ends with them: by default the SDK would retry its
 * workflow task for ever. `NondeterminismError` is not among them: another version of the worker fixes it.
 */
export const ERRORS_OF_CODE: readonly string[] = [
  'TypeError',
  'RangeError',
  'URIError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  '$ZodError',
];
