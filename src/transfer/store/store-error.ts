import { redact } from '../../redaction';

/** What kind of failure a store reported; the caller decides by this alone, never by a vendor's code. */
export type StoreErrorKind =
  /** No answer, a broken connection, a 5xx: waited for. */
  | 'unavailable'
  /** The store asks for fewer requests (SlowDown, 429): waited for, in minutes if need be. */
  | 'throttled'
  /** Credentials or permissions: final. */
  | 'denied'
  /** The object, upload or bucket is not there; `code` tells which. */
  | 'missing'
  /** Create-if-absent found the key taken. */
  | 'exists'
  /** The store computed another checksum than was sent. */
  | 'checksum'
  /** The object under the key is no longer the one asked for (If-Match). */
  | 'changed'
  /** The request can't be served as it stands: a bug, or a store that lacks the function. */
  | 'invalid'
  /** The object is larger than the reader allows; nothing of it is kept. */
  | 'oversized'
  /** The caller's signal ended the request. */
  | 'aborted';

export interface StoreErrorFields {
  kind: StoreErrorKind;
  /** The store's operation, `PutObject`. */
  operation: string;
  key: string;
  /** The store's own code, `NoSuchBucket`, or Node's, `ECONNREFUSED`. */
  code?: string | undefined;
  status?: number | undefined;
  /** What the store asked for with Retry-After. */
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

/** Whether this is a store's error, of this kind when one is given. */
export function isStoreError(error: unknown, ...kinds: StoreErrorKind[]): error is StoreError {
  return error instanceof StoreError && (kinds.length === 0 || kinds.includes(error.kind));
}
