import { cutText, redact } from '../redaction';

/** What a failure of the repository means to callers; the names are the contract's failure types. */
export type RepositoryErrorKind =
  'ManifestInvalid' | 'ChecksumMismatch' | 'NotFound' | 'AlreadyExists' | 'PreflightFailed';

const MAX_MESSAGE_LENGTH = 16_000;

/** The repository does not hold the requested object, or not in a form that can be trusted. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError';
  constructor(
    readonly kind: RepositoryErrorKind,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(redact(cutText(message, MAX_MESSAGE_LENGTH)), options); // it may quote text that someone else wrote
  }
}

/** Whether this is a `RepositoryError`, of this kind if one is given. */
export function isRepositoryError(error: unknown, kind?: RepositoryErrorKind): error is RepositoryError {
  return error instanceof RepositoryError && (kind === undefined || error.kind === kind);
}
