import { printedError, type CqlError } from '../cql/errors';

/** A statement or command that failed: printed, and the shell goes on; its exit code is 2 in the end. */
export class ShellError extends Error {
  override readonly name = 'ShellError';

  static ofServer(error: Pick<CqlError, 'kind' | 'message'>): ShellError {
    return new ShellError(printedError(error));
  }
}
