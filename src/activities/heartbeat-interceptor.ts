import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import { isConfigurationError } from '../config';
import { PathRefused, SourceRefused, StoreError, TargetRefused, TransferError } from '../transfer';
import { RepositoryError } from '../repository';
import {
  DumpRefused,
  HttpFailed,
  SnapshotFileInvalid,
  QueryFailed,
  SqlFailed,
  StatementFailed,
  StatementRefused,
  ToolFailed,
  ToolMissing,
  UnexpectedOutput,
  UnknownVersion,
  InsecureConnection,
  YcqlNotConfigured,
} from '../yugabyte';
import { finalFailureTypes } from '../contract';
import { boundError, redactFailure } from '../redaction';
import { failWith } from './application-failure';
import { madeNothing } from './made-nothing';
import { given } from '../objects/given';

/** A bug is not retried for ever. */
const MAX_ATTEMPTS_OF_A_BUG = 5;
/** Heartbeats per heartbeat time-out. */
const HEARTBEATS_PER_TIMEOUT = 4;

const details = new WeakMap<Context, unknown>();

/** Sets what the next heartbeat of the running activity shows: counters, a state, what is waited for. */
export function showProgress(shown: unknown): void {
  details.set(Context.current(), shown);
}

/** The same for the current activity, callable from outside of it. */
export function heartbeatReporter(): (shown: unknown) => void {
  const context = Context.current();
  return (shown) => {
    details.set(context, shown);
  };
}

/**
 * Every activity heartbeats on a timer, so that a killed worker costs only seconds, and throws failures of the
 * contract, whatever the layers below threw.
 */
export const heartbeatInterceptor: ActivityInterceptorsFactory = (context) => {
  const inbound: ActivityInboundCallsInterceptor = {
    async execute(input, next) {
      const timeoutMs = context.info.heartbeatTimeoutMs ?? 0;
      const beat = (): void => {
        context.heartbeat(details.get(context) ?? context.info.activityType);
      };
      const timer =
        timeoutMs > 0 && !context.info.isLocal
          ? setInterval(beat, Math.max(200, timeoutMs / HEARTBEATS_PER_TIMEOUT))
          : undefined;
      try {
        return await next(input);
      } catch (error) {
        // the last place before history and logs: secrets are removed here, whatever quoted them
        throw redactFailure(boundError(asActivityFailure(boundError(error), context)));
      } finally {
        clearInterval(timer);
      }
    },
  };
  return { inbound };
};

/** The contract's failure type for an error of a layer below. Exported for tests. */
export function asActivityFailure(error: unknown, context: Pick<Context, 'cancellationSignal' | 'info'>): unknown {
  const failed = contractFailure(error, context);
  if (!madeNothing(error)) return failed;
  if (failed instanceof CancelledFailure)
    return new CancelledFailure(failed.message, [...failed.details, { madeNothing: true }]);
  if (!(failed instanceof ApplicationFailure)) return failed;
  const { type, message, cause } = failed;
  const final = failed.nonRetryable === true || finalFailureTypes.some((one) => one === type);
  return ApplicationFailure.create({
    type: type ?? 'Error',
    message,
    nonRetryable: true, // cancelled by the server: the workflow asks again
    details: [...(failed.details ?? []), { madeNothing: true, ...(final ? {} : { again: true }) }],
    ...given({ cause }),
  });
}

function contractFailure(error: unknown, context: Pick<Context, 'cancellationSignal' | 'info'>): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (context.cancellationSignal.aborted) {
    const reason: unknown = context.cancellationSignal.reason;
    return reason instanceof CancelledFailure ? reason : new CancelledFailure('CANCELLED');
  }
  const message = messageOf(error);
  if (error instanceof UnknownVersion) return failWith('IncompatibleVersion', message);
  if (isConfigurationError(error)) return failWith('PreflightFailed', message);
  if (error instanceof ToolMissing) return failWith('PreflightFailed', message);
  if (error instanceof YcqlNotConfigured) return failWith('PreflightFailed', message);
  if (error instanceof InsecureConnection)
    return NEVER_FINAL.has(context.info.activityType)
      ? ApplicationFailure.create({ type: 'ToolFailed', message, cause: error })
      : failWith('PreflightFailed', message);
  if (error instanceof DumpRefused || error instanceof StatementFailed) return failWith('RestoreFailed', message);
  if (error instanceof StatementRefused) return failWith('ContentRefused', message);
  if (error instanceof ToolFailed || error instanceof QueryFailed || error instanceof HttpFailed)
    return clusterFailure(error, message, context.info.activityType);
  if (error instanceof UnexpectedOutput) return failWith('ToolFailed', message, [], error);
  if (error instanceof SnapshotFileInvalid) return failWith('ManifestInvalid', message);
  if (error instanceof RepositoryError) return failWith(error.kind, message);
  if (error instanceof PathRefused) return failWith('ManifestInvalid', message);
  if (error instanceof SourceRefused) return failWith('SnapshotFilesMissing', message);
  if (error instanceof TargetRefused) return failWith('RestoreFailed', message);
  if (error instanceof TransferError) return failWith('ChecksumMismatch', message);
  if (error instanceof StoreError) return storeFailure(error, message);
  // A bug: retried a few times, then the run ends.
  return ApplicationFailure.create({
    type: error instanceof Error ? error.name : 'Error',
    message,
    nonRetryable: context.info.attempt >= MAX_ATTEMPTS_OF_A_BUG,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** An undo is never given up early: someone may grant a missing right while there is something to undo. */
const NEVER_FINAL = new Set(['undo']);

/** An error that can't go away ends the step at once: others wait for the locks that it holds. */
function clusterFailure(
  error: ToolFailed | QueryFailed | HttpFailed,
  message: string,
  activityType: string,
): ApplicationFailure {
  const final = error.final && !NEVER_FINAL.has(activityType);
  return ApplicationFailure.create({
    type: final && namesMissingDatabase(error) ? 'NotFound' : 'ToolFailed',
    message,
    nonRetryable: final,
    cause: error,
  });
}

function namesMissingDatabase(error: ToolFailed | QueryFailed | HttpFailed): boolean {
  if (error instanceof SqlFailed) return error.code === '3D000' || error.code === '57P04';
  return (
    error instanceof ToolFailed &&
    (error.masterError === 11 ||
      /\b(?:namespace|keyspace|database)\b.*\b(?:not found|does not exist)\b/i.test(error.reason))
  );
}

function storeFailure(error: StoreError, message: string): ApplicationFailure {
  switch (error.kind) {
    case 'denied':
    case 'invalid':
      return ApplicationFailure.create({ type: 'StoreUnavailable', message, nonRetryable: true });
    case 'missing':
      return failWith('NotFound', message);
    case 'checksum':
    case 'changed':
    case 'oversized':
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
