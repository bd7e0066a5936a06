import { excerptOf, ToolFailed } from '../errors';
import { verdictOfStatus } from '../verdicts';
import type { Command } from './command';
import type { Capabilities } from '../releases';

/** `Error: …` until about 2021, `Error running <operation>: …` since; 2.6 is in between, so both are parsed. */
const STATUS_LINE = /^(?:Error(?: running \S+)?|The cluster doesn't support \S+): ([^\n]*)/m;
const NO_CONNECTION = /^Unable to establish connection to leader master at/m;
const UNKNOWN_OPERATION = /^Invalid operation: /m;
/** `<Code> (<file>:<line>): <message>`; the code is one to a few words. */
const STATUS = /^([A-Z][A-Za-z ,.]*?)(?: \([^()\s]+:\d+\))?: /;
const MASTER_ERROR = /\(master error (\d+)\)/;

/**
 * NOT_THE_LEADER, IN_TRANSITION_CAN_RETRY, CAN_RETRY_LOAD_BALANCE_CHECK, PARALLEL_SNAPSHOT_OPERATION: the other
 * operation may be our own earlier attempt.
 */
const BUSY = new Set([7, 10, 16, 25]);
/** Statuses with which a server or yb-admin itself declines to act. */
const REFUSING_CODES = new Set([
  'Invalid argument',
  'Not found',
  'Illegal state',
  'Not authorized',
  'Not implemented',
  'Not supported',
  'Invalid command',
  'Configuration error',
]);

/** What yb-admin's standard error says about a run with exit code 1. */
export function failureOf(
  command: Pick<Command<never, unknown>, 'name' | 'mutates' | 'severalSteps'>,
  exitCode: number,
  stderr: string,
): ToolFailed {
  const status = STATUS_LINE.exec(stderr)?.[1];
  const noConnection = NO_CONNECTION.test(stderr);
  const statusCode = STATUS.exec(status ?? (noConnection ? statusBehindConnection(stderr) : ''))?.[1];
  const masterError = numberOf(MASTER_ERROR.exec(status ?? '')?.[1]);
  // A command that is refused for its arguments never sent an RPC; a request that the server refused had no effect
  // either.
  const unknownOperation = UNKNOWN_OPERATION.test(stderr) || /^The cluster doesn't support/m.test(stderr);
  // yb-admin connects before it parses the command.
  const neverSent = noConnection || unknownOperation;
  const declined = unknownOperation || REFUSING_CODES.has(statusCode ?? '');
  const verdict = verdictOfStatus(statusCode, masterError);
  const transient =
    noConnection || verdict === 'transient' || /undergoing DDL verification, retry later/.test(status ?? '');
  // yb-admin's client retries RPCs itself: "already busy" may be the response to a retry whose first attempt was lost.
  const busyWithOwnTry = masterError !== undefined && BUSY.has(masterError);
  return new ToolFailed({
    tool: 'yb-admin',
    command: command.name,
    exitCode,
    statusCode,
    masterError,
    reason: excerptOf(status ?? firstLine(stderr)),
    stderrTail: stderr,
    outcome:
      command.mutates && !neverSent && (!declined || busyWithOwnTry || command.severalSteps) ? 'unknown' : 'refused',
    transient,
    final: verdict === 'final' || unknownOperation,
  });
}

/** The usage text follows any status of kind Invalid argument, whether it comes from yb-admin or from the server. */
export function refusedForArguments(failure: ToolFailed): boolean {
  return failure.exitCode === 1 && failure.statusCode === 'Invalid argument' && /^Usage: /m.test(failure.stderrTail);
}

/** The status follows a blank line; in old versions it directly follows a leading `: `. */
function statusBehindConnection(stderr: string): string {
  return /\n\n(?:: )?(.*)/.exec(stderr)?.[1] ?? '';
}

/** Log lines (`E0101 12:00:00 …`) may precede the message. */
function firstLine(stderr: string): string {
  return stderr.split('\n').find((line) => line.trim() !== '' && !/^[IWEF]\d{4} /.test(line)) ?? '';
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** This version of yb-admin has no such operation; reported without running it. */
export function notSupported(operation: string, release: Capabilities): ToolFailed {
  return new ToolFailed({
    tool: 'yb-admin',
    command: operation,
    statusCode: 'Not supported',
    reason: `YugabyteDB ${release.release} has no such operation`,
    stderrTail: '',
    outcome: 'refused',
    transient: false,
    final: true,
  });
}
