import { excerpt } from '../../redaction';
import { StoreError, type StoreErrorKind } from '../store/store-error';

/** The fields read from the SDK's and Node's errors; `instanceof` would miss errors of another realm. */
interface Raw {
  name?: string;
  code?: string;
  Code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string>; statusCode?: number };
}

const THROTTLED = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequests',
  'TooManyRequestsException',
  'BandwidthLimitExceeded',
]);
const DENIED = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'AllAccessDisabled',
  'AccountProblem',
  'CredentialsProviderError',
  'RequestTimeTooSkewed',
  'Forbidden',
]);
const MISSING = new Set(['NoSuchKey', 'NoSuchBucket', 'NoSuchUpload', 'NoSuchVersion', 'NotFound']);
/** The bucket is elsewhere (S3 error list): retrying does not help. */
const ELSEWHERE = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'TemporaryRedirect',
]);
const CHECKSUM = new Set([
  'BadDigest',
  'InvalidDigest',
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
  'InvalidChecksum',
]);

function kindOf(code: string, status: number | undefined, operation: string): StoreErrorKind {
  if (code === 'AbortError') return 'aborted';
  if (code === 'ObjectTooLarge') return 'oversized';
  if (THROTTLED.has(code) || status === 429) return 'throttled';
  if (CHECKSUM.has(code)) return 'checksum';
  // If-Match failed, or the object is shorter than it was.
  if (code === 'InvalidRange' || status === 416) return 'changed';
  if (code === 'PreconditionFailed' || status === 412) return operation.startsWith('Get') ? 'changed' : 'exists';
  // Another write to the same key is in flight: a retry finds out who won.
  if (code === 'ConditionalRequestConflict' || code === 'OperationAborted' || status === 409) return 'unavailable';
  if (MISSING.has(code) || status === 404) return 'missing';
  if (ELSEWHERE.has(code) || (status !== undefined && status >= 300 && status < 400 && status !== 304))
    return 'invalid';
  if (DENIED.has(code) || status === 401 || status === 403) return 'denied';
  if (code === 'RequestTimeout') return 'unavailable';
  if (status === 501 || code === 'NotImplemented') return 'invalid';
  if (status !== undefined && status >= 500) return 'unavailable';
  if (status !== undefined && status >= 400) return 'invalid';
  // No status: the connection failed (refused, reset, timed out, cut), or an answer that can't be read.
  return 'unavailable';
}

const NEXT: Record<StoreErrorKind, string> = {
  unavailable: 'If this persists, check the store and the network to it.',
  throttled: 'If this persists, lower bytesPerSecond or parallelism.',
  denied: "Check the credentials (AWS_* or ~/.aws), the rights that the bucket's policy gives them, and the clocks.",
  missing: 'Check the bucket and prefix in the configuration; a removed object cannot be brought back from here.',
  exists: 'Objects are written once; compare yours with the existing one.',
  checksum: "The bytes were damaged in transit: if this persists, check the network and this machine's memory.",
  changed: 'The object under this key was replaced; restore from another backup.',
  invalid: 'The store does not accept this request; run the store probe (`kalpa doctor`).',
  oversized: 'Kalpa writes no such object; find out who wrote to the bucket.',
  aborted: 'It was stopped on request.',
};

function retryAfterMs(raw: Raw): number | undefined {
  const seconds = Number(raw.$response?.headers?.['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

/** Turns whatever the SDK threw into a `StoreError`. */
export function toStoreError(error: unknown, operation: string, key: string, location: string): StoreError {
  if (error instanceof StoreError) return error;
  const raw = (typeof error === 'object' && error !== null ? error : {}) as Raw;
  const status = raw.$metadata?.httpStatusCode ?? raw.$response?.statusCode;
  const named = raw.Code ?? raw.code ?? raw.name ?? 'unknown';
  const code = named === 'Error' && raw.message ? raw.message : named;
  const kind = kindOf(raw.name === 'AbortError' ? 'AbortError' : code, status, operation);
  const why = [code, status === undefined ? undefined : `HTTP ${status}`, sentence(raw.message, code)]
    .filter(Boolean)
    .join(', ');
  const region = raw.$response?.headers?.['x-amz-bucket-region'];
  const elsewhere = kind === 'invalid' && region !== undefined && (ELSEWHERE.has(code) || (status ?? 0) < 400);
  const keyless = code === 'CredentialsProviderError';
  const next = keyless
    ? 'Give the keys of this store: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws.'
    : elsewhere
      ? `The bucket is in region ${region}: set repository.region in kalpa.yaml.`
      : NEXT[kind];
  const subject = key === '' ? location : `${location}/${key}`;
  return new StoreError(`${operation} of ${subject} failed: ${why}. ${next}`, {
    kind,
    operation,
    key,
    code,
    status,
    retryAfterMs: retryAfterMs(raw),
    cause: error,
  });
}

/** The store's own message on one line, where it says more than its code. */
function sentence(message: string | undefined, code: string): string | undefined {
  const text = message === undefined ? undefined : excerpt(message, 300).replace(/\.$/, '');
  return text === '' || text === code || text === 'UnknownError' ? undefined : text;
}
