import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import { PathRefused, StoreError, TransferError } from '../transfer';
import { RepositoryError } from '../repository';
import {
  HttpFailed,
  SnapshotFileInvalid,
  SqlFailed,
  ToolFailed,
  ToolMissing,
  UnexpectedOutput,
  UnknownVersion,
} from '../yugabyte';
import { redact, redactFailure } from '../redaction';
import { failWith } from './application-failure';

/** A bug is not retried for ever. */
const ATTEMPTS_OF_A_BUG = 5;
/** Signs of life per heartbeat time-out. */
const SIGNS = 4;

const details = new WeakMap<Context, unknown>();

/** What the next heartbeat of the running activity shows: counters, a state, what is waited for. */
export function showProgress(shown: unknown): void {
  details.set(Context.current(), shown);
}

/**
 * Every activity heartbeats on a timer, so that a killed worker costs seconds, and throws failures of the contract
 * whatever the layers below threw.
 */
export const activitySigns: ActivityInterceptorsFactory = (context) => {
  const inbound: ActivityInboundCallsInterceptor = {
    async execute(input, next) {
      const timeoutMs = context.info.heartbeatTimeoutMs ?? 0;
      const beat = (): void => {
        context.heartbeat(details.get(context) ?? context.info.activityType);
      };
      const timer =
        timeoutMs > 0 && !context.info.isLocal ? setInterval(beat, Math.max(200, timeoutMs / SIGNS)) : undefined;
      try {
        return await next(input);
      } catch (error) {
        // the last place before a history and a log: whatever was quoted, and wherever it was
        throw redactFailure(asActivityFailure(error, context));
      } finally {
        clearInterval(timer);
      }
    },
  };
  return { inbound };
};

/** The failure type of the contract for what a layer below threw; exported for tests. */
export function asActivityFailure(error: unknown, context: Pick<Context, 'cancellationSignal' | 'info'>): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (context.cancellationSignal.aborted) {
    const reason: unknown = context.cancellationSignal.reason;
    return reason instanceof CancelledFailure ? reason : new CancelledFailure('CANCELLED');
  }
  const message = messageOf(error);
  if (error instanceof UnknownVersion) return failWith('IncompatibleVersion', message);
  if (error instanceof ToolMissing) return failWith('PreflightFailed', message);
  if (
    error instanceof ToolFailed ||
    error instanceof UnexpectedOutput ||
    error instanceof SqlFailed ||
    error instanceof HttpFailed
  )
    return failWith('ToolFailed', message, [], error);
  if (error instanceof SnapshotFileInvalid) return failWith('ManifestInvalid', message);
  if (error instanceof RepositoryError) return failWith(error.kind, message);
  if (error instanceof PathRefused) return failWith('ManifestInvalid', message);
  if (error instanceof TransferError) return failWith('ChecksumMismatch', message);
  if (error instanceof StoreError) return storeFailure(error, message);
  // A bug: retried a few times, then the end of the run.
  return ApplicationFailure.create({
    type: error instanceof Error ? error.name : 'Error',
    message,
    nonRetryable: context.info.attempt >= ATTEMPTS_OF_A_BUG,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

function storeFailure(error: StoreError, message: string): ApplicationFailure {
  switch (error.kind) {
    case 'denied':
      return ApplicationFailure.create({ type: 'StoreUnavailable', message, nonRetryable: true });
    case 'missing':
      return failWith('NotFound', message);
    case 'checksum':
      return failWith('ChecksumMismatch', message);
    case 'exists':
      return failWith('AlreadyExists', message);
    default:
      return failWith('StoreUnavailable', message);
  }
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
