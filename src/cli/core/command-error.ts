import { redact } from '../../redaction';
import { failures, isFailureType, type FailureType } from '../../contract/failures';
import { quoted } from './command-line';
import { EXIT } from './exit-codes';
import { indentContinuation } from './sanitized-output';

/** Ends a command with this exit code and one sentence on stderr. */
export class CommandError extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly exitCode: number = EXIT.failed,
    /** Further fields for `--json`. */
    readonly json: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

/** What any error means for the command line: its exit code, its sentence, and its JSON form. */
export interface DescribedError {
  exitCode: number;
  message: string;
  json: Record<string, unknown>;
}

interface KnownError {
  name?: string;
  code?: unknown;
  type?: unknown;
  exitCode?: unknown;
  details?: unknown;
  problems?: unknown;
  run?: unknown;
  kind?: unknown;
  json?: unknown;
}

/** Distinguished by their fields, not by class: the modules that define the classes are loaded only when used. */
export function describeError(error: unknown): DescribedError {
  const message = redact(error instanceof Error || hasMessage(error) ? error.message : String(error));
  const known = (typeof error === 'object' && error !== null ? error : {}) as KnownError;
  const text = known.name === 'CommandError' ? message : indentContinuation(message);
  const described = (exitCode: number, type: string, more: Record<string, unknown> = {}): DescribedError => ({
    exitCode,
    message: isFailureType(type) ? `${type}: ${text}${holderText(type, known.details, message)}` : text,
    json: { error: { type, message, ...more } },
  });
  if (known.code === 'KALPA_CONFIGURATION') return described(EXIT.usage, 'Configuration', { details: known.problems });
  if (known.name === 'TemporalUnreachable') return described(EXIT.unreachable, 'TemporalUnreachable');
  if (known.name === 'KalpaFailure' && typeof known.exitCode === 'number') {
    return described(known.exitCode, String(known.type), {
      details: known.details,
      ...(isRecord(known.run) ? known.run : {}),
    });
  }
  if (known.name === 'CommandError' && typeof known.exitCode === 'number') {
    return described(known.exitCode, String(known.type), isRecord(known.json) ? known.json : {});
  }
  if (known.name === 'StoreError' && known.code === 'CredentialsProviderError')
    return described(EXIT.usage, 'Configuration', { details: [{ field: 'credentials' }] });
  const type = failureTypeOf(known);
  return described(type === undefined ? EXIT.failed : failures[type].exit, type ?? 'Unknown');
}

/** Where to find the run that holds the database, if the sentence does not say so. */
function holderText(type: string, details: unknown, message: string): string {
  if (type !== 'DatabaseBusy' || !Array.isArray(details)) return '';
  const { link, workflowId } = (details[0] ?? {}) as { link?: unknown; workflowId?: unknown };
  if (typeof link === 'string' && link !== '') return message.includes(link) ? '' : `\nThe run that holds it: ${link}`;
  return typeof workflowId === 'string' && !workflowId.startsWith('busy/')
    ? `\nWatch it: kalpa watch ${quoted(workflowId)}`
    : '';
}

/** Errors of the bucket as the contract names them: repository errors carry the name, the store's kinds are mapped. */
function failureTypeOf({ name, kind, code }: KnownError): FailureType | undefined {
  if (typeof kind !== 'string') return undefined;
  if (isFailureType(kind)) return kind;
  if (name !== 'StoreError') return undefined;
  if (kind === 'missing') return code === 'NoSuchBucket' ? 'NotFound' : 'ManifestInvalid';
  return kind === 'denied' ? 'PreflightFailed' : 'StoreUnavailable';
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const hasMessage = (error: unknown): error is { message: string } =>
  isRecord(error) && typeof error['message'] === 'string';
