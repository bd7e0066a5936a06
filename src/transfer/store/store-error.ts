import { redact } from '../../redaction';

/** What kind of failure a store reported; callers decide by this alone, never by a vendor's code. */
export type StoreErrorKind =
  /** No response, a broken connection, a 5xx: retried. */
  | 'unavailable'
  /** The store asks for fewer requests (SlowDown, 429): retried, after minutes if need be. */
  | 'throttled'
  /** Credentials or permissions: final. */
  | 'denied'
  /** The object, upload or bucket does not exist; `code` tells which. */
  | 'missing'
  /** Create-if-absent found the key taken. */
  | 'exists'
  /** The store computed a different checksum from the one that was sent. */
  | 'checksum'
  /** The object under the key is no longer the requested one (If-Match). */
  | 'changed'
  /** The request can't be served as it is: a bug, or a store that lacks the function. */
  | 'invalid'
  /** The object is larger than the reader allows; none of it is kept. */
  | 'oversized'
  /** The caller's signal ended the request. */
  | 'aborted';

export interface StoreErrorFields {
  kind: StoreErrorKind;
  /** The S3 operation, such as `PutObject`. */
  operation: string;
  key: string;
  /** The store's own code, such as `NoSuchBucket`, or Node's, such as `ECONNREFUSED`. */
  code?: string | undefined;
  status?: number | undefined;
  /** The pause that the store asked for with Retry-After. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** A request to the store that failed. `message` says what happened, to what, why, and what to do next. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;
  readonly operation: string;
  readonly key: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, fields: StoreErrorFields) {
    super(redact(message), { cause: fields.cause });
    this.kind = fields.kind;
    this.operation = fields.operation;
    this.key = fields.key;
    this.code = fields.code;
    this.status = fields.status;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

/** Whether this is a `StoreError`, of one of these kinds if any are given. */
export function isStoreError(error: unknown, ...kinds: StoreErrorKind[]): error is StoreError {
  return error instanceof StoreError && (kinds.length === 0 || kinds.includes(error.kind));
}
