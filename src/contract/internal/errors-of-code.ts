/**
 * What the language throws of a bug in workflow code. A run ends with it: by itself the SDK would try its task again
 * for ever. Not among them is `NondeterminismError`, which another version of the worker mends.
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
