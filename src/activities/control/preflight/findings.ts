import { isFailureType, type FailureType, type Finding } from '../../../contract';
import { redact } from '../../../redaction';
import { isRepositoryError } from '../../../repository';
import { isStoreError } from '../../../transfer';
import { UnknownVersion } from '../../../yugabyte';
import { isTransient } from '../../is-transient';

/** What preflight has found so far. */
export class Findings {
  readonly list: Finding[] = [];
  readonly warnings: string[] = [];
  /** Components that are unavailable and may come back: which, and why they gave no answer. */
  readonly away: string[] = [];

  add(type: FailureType, message: string, details: Record<string, unknown> = {}): void {
    this.list.push({ ...details, type, message: redact(message) });
  }

  /** Why a question had no answer; without `subject`, in the words of the error. */
  addError(subject: string | undefined, error: unknown): void {
    const text = `${subject === undefined ? '' : `${subject}: `}${messageOf(error)}`;
    if (isTransient(error)) this.away.push(redact(text));
    this.add(typeOf(error), text, detailsOf(error));
  }

  /** Something is wrong that waiting does not change. */
  get refused(): boolean {
    return this.list.length > this.away.length;
  }
}

function typeOf(error: unknown): FailureType {
  if (error instanceof UnknownVersion) return 'IncompatibleVersion';
  if (isStoreError(error, 'missing')) return 'NotFound';
  if (isRepositoryError(error)) return error.kind;
  const type = (error as { type?: string } | null)?.type;
  return isFailureType(type) ? type : 'PreflightFailed';
}

/** What a failure of the contract carries for programs. */
function detailsOf(error: unknown): Record<string, unknown> {
  const [first] = (error as { details?: unknown[] } | null)?.details ?? [];
  return typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
