import { errors } from 'cassandra-driver';
import { CqlFailed, excerptOf } from '../../errors';
import { TRANSIENT_SOCKET_CODES, verdictOfCqlCode } from '../../verdicts';
import { AnswerTooLarge } from '../../process/limits';

interface Failure {
  code?: unknown;
  message?: string;
}

/** YCQL's own messages, sent with codes of other meanings (src/yb/yql/cql/ql/util/errcodes.cc). */
const TRANSIENT_WORDS = /timed out|timeout|try again|overloaded|unavailable|not ready|closed|shutting down/i;
/**
 * The server gave up waiting for what it had started: write time-out, read time-out, and YCQL's own time-outs reported
 * as "server error".
 */
const isServerTimeout = (code: number, message: string): boolean =>
  code === 0x1100 || code === 0x1200 || (code === 0 && TRANSIENT_WORDS.test(message));

/** `unknown`: a statement that changes something was sent. */
export function failureOf(error: unknown, at: { action: string; unknown: boolean; timeoutMs: number }): CqlFailed {
  const cause = firstOf(error);
  const { code, message = String(cause) } = cause as Failure;
  if (cause instanceof errors.OperationTimedOutError)
    return new CqlFailed(at.action, undefined, `no response within ${at.timeoutMs / 1000} s`, {
      transient: true,
      outcome: at.unknown ? 'unknown' : 'refused',
    });
  if (cause instanceof AnswerTooLarge)
    return new CqlFailed(at.action, undefined, cause.message, {
      transient: false,
      outcome: at.unknown ? 'unknown' : 'refused',
    });
  const answer = cause instanceof errors.AuthenticationError ? 0x0100 : typeof code === 'number' ? code : undefined;
  const word = typeof code === 'string' ? code : undefined;
  const verdict = answer === undefined ? undefined : verdictOfCqlCode(answer);
  const answered = answer !== undefined && !isServerTimeout(answer, message);
  return new CqlFailed(at.action, answer ?? word, excerptOf(message), {
    transient:
      verdict === 'transient' ||
      (verdict === undefined &&
        (answer === undefined && word !== undefined
          ? TRANSIENT_SOCKET_CODES.test(word)
          : TRANSIENT_WORDS.test(message))),
    outcome: at.unknown && !answered ? 'unknown' : 'refused',
  });
}

/** The driver reports for each address why it could not connect. */
function firstOf(error: unknown): unknown {
  const [inner] =
    error instanceof errors.NoHostAvailableError
      ? Object.values((error.innerErrors ?? {}) as Record<string, unknown>)
      : [];
  return inner ?? error;
}

/**
 * The server parsed the statement and refused it: it had no effect, and will be refused again while nothing else
 * changes.
 */
export const isRefusal = (error: unknown): error is CqlFailed =>
  error instanceof CqlFailed && typeof error.code === 'number' && error.outcome === 'refused' && !error.transient;
