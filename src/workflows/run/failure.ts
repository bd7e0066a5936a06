import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, log, TimeoutFailure } from '@temporalio/workflow';
import { parseInput, type FailureType } from '../../contract';
import {
  ERRORS_OF_CODE,
  internalInputs,
  signalInputs,
  type InternalWorkflow,
  type SignalName,
} from '../../contract/internal';
import { cutText, redact } from '../../redaction';
import type { z } from 'zod';
import { given } from '../../objects/given';

/** Characters of a message, before secrets are looked for in it. */
const MAX_MESSAGE_LENGTH = 16_000;

/** A failure of the contract: ends the run with this type, message and machine-readable details. */
export function failure(
  type: FailureType,
  message: string,
  details: Record<string, unknown>[] = [],
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: redact(cutText(message, MAX_MESSAGE_LENGTH)),
    details,
    nonRetryable: true,
  });
}

/** The checked input, or the run's end with `InvalidInput` naming each wrong field. */
export function checkedInput<S extends z.ZodType>(operation: string, schema: S, given: unknown): z.output<S> {
  const parsed = parseInput(operation, schema, given);
  if (!parsed.ok)
    throw failure(
      'InvalidInput',
      parsed.message,
      parsed.problems.map((problem) => ({ ...problem })),
    );
  return parsed.input;
}

/** The input of a workflow that other runs start: anybody who may start workflows can start it with anything. */
export function internalInput<W extends InternalWorkflow>(
  workflow: W,
  given: unknown,
): z.output<(typeof internalInputs)[W]> {
  return checkedInput(workflow, internalInputs[workflow], given) as z.output<(typeof internalInputs)[W]>;
}

/** The checked content of a signal; undefined, with a line in the log, if it is not valid. */
export function signalInput<S extends SignalName>(
  signal: S,
  given: unknown,
): z.output<(typeof signalInputs)[S]> | undefined {
  const parsed = parseInput(`signal ${signal}`, signalInputs[signal], given);
  if (parsed.ok) return parsed.input as z.output<(typeof signalInputs)[S]>;
  log.warn(`ignored an invalid signal: ${parsed.message}`);
  return undefined;
}

/** The failure below an activity or child failure. */
export function rootFailure(error: unknown): unknown {
  let current = error;
  while ((current instanceof ActivityFailure || current instanceof ChildWorkflowFailure) && current.cause)
    current = current.cause;
  return current instanceof TimeoutFailure ? (lastFailureWithin(current) ?? current) : current;
}

/**
 * How the last attempt failed of an activity that was retried until its deadline: that says more than the deadline. The
 * server sends it as the cause; the SDK (1.24) leaves it in the message that it decoded.
 */
function lastFailureWithin({ timeoutType, failure: read }: TimeoutFailure): ApplicationFailure | undefined {
  const { message, applicationFailureInfo: info } = read?.cause ?? {};
  if (timeoutType !== 'SCHEDULE_TO_CLOSE' || !info?.type) return undefined;
  return ApplicationFailure.create({ type: info.type, message: message ?? info.type, nonRetryable: true });
}

/** The failure type below an error, if it is an application failure. */
export function failureType(error: unknown): string | undefined {
  const root = rootFailure(error);
  return root instanceof ApplicationFailure ? (root.type ?? undefined) : undefined;
}

/** Whether the activity timed out: its worker is unavailable. */
export function isTimeout(error: unknown): boolean {
  return rootFailure(error) instanceof TimeoutFailure;
}

/** Whether nobody took the activity from its queue in time. */
export function isNotPickedUp(error: unknown): boolean {
  const root = rootFailure(error);
  return root instanceof TimeoutFailure && root.timeoutType === 'SCHEDULE_TO_START';
}

/** What went wrong, on one line. */
export function reasonOf(error: unknown): string {
  const root = rootFailure(error);
  return errorOfCode(root)?.message ?? (root instanceof Error ? root.message : String(root));
}

const UNEXPECTED = 'Kalpa ran into an error in its own code';

/** A bug, here or in a step, reported as one: the language's own message helps only whoever fixes it. */
function errorOfCode(root: unknown): { type: string; message: string } | undefined {
  const type = root instanceof ApplicationFailure ? (root.type ?? '') : root instanceof Error ? root.name : '';
  if (!(root instanceof Error) || !ERRORS_OF_CODE.includes(type === 'ZodError' ? '$ZodError' : type)) return undefined;
  const { message } = root;
  return {
    type,
    message: message.startsWith(UNEXPECTED)
      ? message
      : `${UNEXPECTED} (${type}: ${message}). What it had begun was undone, as far as this page says. Start the operation again; if it fails in the same way, report it with this run's history.`,
  };
}

/**
 * What a run ends with: a cancellation stays one; an application failure keeps type and details; a time-out becomes the
 * contract's type for a component that is unavailable.
 */
export function asRunFailure(error: unknown, part: string): unknown {
  const root = rootFailure(error);
  const unexpected = errorOfCode(root);
  if (unexpected && !(root instanceof ApplicationFailure))
    return failure(unexpected.type as FailureType, unexpected.message);
  if (root instanceof ApplicationFailure) {
    return ApplicationFailure.create({
      type: root.type ?? 'Unknown',
      message: unexpected?.message ?? root.message,
      details: root.details ?? [],
      nonRetryable: true,
      ...given({ cause: root.cause }),
    });
  }
  if (root instanceof TimeoutFailure) {
    return failure(
      'NodeUnavailable',
      `${part} did not answer in time (${root.message}). Check that its workers are running, then start the operation again.`,
    );
  }
  return error;
}
