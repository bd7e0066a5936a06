import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowFailedError,
} from '@temporalio/client';
import { isFailureType } from '../contract';
import { KalpaFailure, type RunReference } from './kalpa-failure';

/** The failure below an activity or child failure. */
function rootOf(error: unknown): unknown {
  let current = error;
  while ((current instanceof ActivityFailure || current instanceof ChildWorkflowFailure) && current.cause)
    current = current.cause;
  return current;
}

/** A failed run as the contract's failure; undefined for an error that does not come from a run (a lost connection). */
export function runFailure(error: unknown, run: RunReference): KalpaFailure | undefined {
  if (!(error instanceof WorkflowFailedError)) return undefined;
  const root = rootOf(error.cause);
  const id = run.workflowId;
  if (root instanceof ApplicationFailure) {
    const known = isFailureType(root.type);
    const message = known
      ? root.message
      : `${id} failed with an error that Kalpa does not know (${root.type ?? 'Error'}): ${root.message}`;
    return new KalpaFailure(known ? root.type : 'Unknown', message, root.details ?? [], run, {
      cause: error,
    });
  }
  if (root instanceof CancelledFailure)
    return new KalpaFailure('Cancelled', `${id} was cancelled and has cleaned up.`, [], run, { cause: error });
  if (root instanceof TerminatedFailure) {
    return new KalpaFailure('Terminated', `${id} was terminated; its guardian cleans up on its own.`, [], run, {
      cause: error,
    });
  }
  if (root instanceof TimeoutFailure)
    return new KalpaFailure('TimedOut', `${id} timed out: ${root.message}`, [], run, { cause: error });
  const why = root instanceof Error ? root.message : error.message;
  return new KalpaFailure('Unknown', `${id} failed: ${why}`, [], run, { cause: error });
}
