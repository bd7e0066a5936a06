import { cutText, excerpt, redact } from '../redaction';
import { verdictOfCqlCode, verdictOfHttp, verdictOfSqlState } from './verdicts';

/** Quotes included. */
const LONGEST_MESSAGE = 16_000;

/**
 * Cut before it is looked through for secrets: a server says as much as it likes, and a worker that reads all of it
 * gives no sign meanwhile.
 */
const bounded = (text: string): string => redact(cutText(text, LONGEST_MESSAGE));

/**
 * Failures of the cluster's own tools, SQL and web pages. Plain classes with a stable `kind`: this folder knows nothing
 * of Temporal, so the activities turn a kind into a failure type of the contract.
 */
export abstract class YugabyteError extends Error {
  /** Stable word of this class of failure. */
  abstract readonly kind:
    | 'ToolFailed'
    | 'ToolMissing'
    | 'YcqlNotConfigured'
    | 'InsecureConnection'
    | 'UnexpectedOutput'
    | 'UnknownVersion'
    | 'SqlFailed'
    | 'CqlFailed'
    | 'HttpFailed'
    | 'SnapshotFileInvalid'
    | 'DumpRefused'
    | 'StatementFailed'
    | 'StatementRefused';

  constructor(message: string, options?: ErrorOptions) {
    super(bounded(message), options);
    this.name = new.target.name;
  }
}

/**
 * What is known of a failed command's effect. `refused`: the cluster was not changed. `unknown`: it may have done the
 * work and only the answer is missing, so look before acting again.
 */
export type Outcome = 'refused' | 'unknown';

export interface ToolFailure {
  /** `yb-admin`, `ysqlsh`, … */
  tool: string;
  /** The operation, or the tool's name again where there is none. */
  command: string;
  /** Undefined when a signal ended the tool. */
  exitCode?: number | undefined;
  /** The tool ran longer than it was given and was ended by us. */
  timedOutAfterMs?: number | undefined;
  /** The caller's signal ended it. */
  cancelled?: boolean | undefined;
  /** First words of a YugabyteDB status: `Timed out`, `Not found`, … */
  statusCode?: string | undefined;
  /** MasterErrorPB.Code. */
  masterError?: number | undefined;
  /** The tool's own sentence, one line. */
  reason: string;
  /** What it printed on standard error (its end is kept), without DETAIL and CONTEXT (they may hold row data). */
  stderrTail: string;
  outcome: Outcome;
  /** The same command may work later. */
  transient: boolean;
  /** It never will, until a person changes something. */
  final?: boolean | undefined;
}

const STDERR_TAIL = 4_000;

/** A tool ran and failed, hung, or was stopped. */
export class ToolFailed extends YugabyteError {
  readonly kind = 'ToolFailed';
  readonly tool: string;
  readonly command: string;
  readonly exitCode: number | undefined;
  readonly timedOutAfterMs: number | undefined;
  readonly cancelled: boolean;
  readonly statusCode: string | undefined;
  readonly masterError: number | undefined;
  readonly reason: string;
  /** End of standard error, without secrets. */
  readonly stderrTail: string;
  readonly outcome: Outcome;
  readonly transient: boolean;
  readonly final: boolean;

  constructor(failure: ToolFailure) {
    super(sentence(failure));
    this.tool = failure.tool;
    this.command = failure.command;
    this.exitCode = failure.exitCode;
    this.timedOutAfterMs = failure.timedOutAfterMs;
    this.cancelled = failure.cancelled ?? false;
    this.statusCode = failure.statusCode;
    this.masterError = failure.masterError;
    this.reason = bounded(failure.reason);
    this.stderrTail = redact(failure.stderrTail).slice(-STDERR_TAIL);
    this.outcome = failure.outcome;
    this.transient = failure.transient;
    this.final = !failure.transient && failure.outcome === 'refused' && failure.final === true;
  }
}

function sentence(failure: ToolFailure): string {
  const what = failure.tool === failure.command ? failure.tool : `${failure.tool} ${failure.command}`;
  const how = failure.cancelled
    ? 'was stopped because its caller was cancelled'
    : failure.timedOutAfterMs !== undefined
      ? `gave no answer within ${failure.timedOutAfterMs / 1000} s and was stopped`
      : `failed${failure.exitCode === undefined ? '' : ` with exit code ${failure.exitCode}`}`;
  const next =
    failure.outcome === 'unknown'
      ? 'Whether the cluster acted is unknown: look before running it again.'
      : failure.transient
        ? 'Nothing was changed; it may work later.'
        : failure.final
          ? 'Nothing was changed; repeating it will not help.'
          : 'Nothing was changed.';
  return `${what} ${how}${failure.reason === '' ? '' : `: ${failure.reason}`}${/[.!?]$/.test(failure.reason) ? '' : '.'} ${next}`;
}

/** The executable is not there or may not be run. */
export class ToolMissing extends YugabyteError {
  readonly kind = 'ToolMissing';
  constructor(
    readonly tool: string,
    readonly path: string,
    why: string,
  ) {
    super(
      `Cannot run ${tool} at ${path}: ${why}. Install YugabyteDB's client tools there, or set "tools" in kalpa.yaml to the folder that holds them.`,
    );
  }
}

/** Something of YCQL was asked, and kalpa.yaml does not say how it is reached. */
export class YcqlNotConfigured extends YugabyteError {
  readonly kind = 'YcqlNotConfigured';
  constructor() {
    super(
      'kalpa.yaml does not say how YCQL is reached. Set "ycql" there (host, port, user, passwordFile, ssl), and start the worker again.',
    );
  }
}

/**
 * A password or statement would have gone to a server that has not proved who it is. Nothing was sent; it stays so
 * until a person changes something.
 */
export class InsecureConnection extends YugabyteError {
  readonly kind = 'InsecureConnection';
  /** `problem`: what was not done, why, and what to do, without the full stop. */
  constructor(problem: string) {
    super(`${problem}.`);
  }
}

/** A tool or page answered something that is not in its documented form. */
export class UnexpectedOutput extends YugabyteError {
  readonly kind = 'UnexpectedOutput';
  /** For a command that changes the cluster: it exited well, so it has probably acted. */
  readonly outcome: Outcome = 'unknown';
  readonly excerpt: string;
  constructor(
    readonly wanted: string,
    output: string,
    source = 'the tool',
  ) {
    const excerpt = excerptOf(output);
    super(
      `Found no ${wanted} in what ${source} printed: ${excerpt === '' ? '(nothing)' : `"${excerpt}"`}. ` +
        'Its form is not one that Kalpa knows; check the version of the tools against the cluster and report this text.',
    );
    this.excerpt = excerpt;
  }
}

/** The version of the tools cannot be read, or is older than anything Kalpa knows. */
export class UnknownVersion extends YugabyteError {
  readonly kind = 'UnknownVersion';
  constructor(
    readonly tool: string,
    printed: string,
    why: string,
  ) {
    super(
      `Cannot work with ${tool}: ${why}. It printed "${excerptOf(printed)}". Use the client tools of YugabyteDB 2.6 or newer.`,
    );
  }
}

/** A SQL statement, or the connection for it, failed. */
export class SqlFailed extends YugabyteError {
  readonly kind = 'SqlFailed';
  /** The same statement will fail again, until a person changes something. */
  readonly final: boolean;
  /** Without secrets. */
  readonly reason: string;
  constructor(
    readonly what: string,
    readonly database: string,
    /** SQLSTATE (`42P01`) or a socket code (`ECONNREFUSED`). */
    readonly code: string | undefined,
    reason: string,
    readonly transient: boolean,
    readonly outcome: Outcome,
  ) {
    super(
      `Could not ${what} in database "${database}": ${reason}${code === undefined ? '' : ` (${code})`}. ` +
        (outcome === 'unknown'
          ? 'Whether it took effect is unknown: look before repeating it.'
          : transient
            ? 'It may work later; check that YSQL answers at the configured address.'
            : 'Check the name and the rights of the configured user.'),
    );
    this.reason = bounded(reason);
    this.final = !transient && outcome === 'refused' && verdictOfSqlState(code) === 'final';
  }
}

/** A CQL statement, or the connection for it, failed. */
export class CqlFailed extends YugabyteError {
  readonly kind = 'CqlFailed';
  readonly transient: boolean;
  readonly outcome: Outcome;
  /** The same statement will fail again, until a person changes something. */
  readonly final: boolean;
  /** Without secrets. */
  readonly reason: string;
  constructor(
    readonly what: string,
    /** Error code of the native protocol (0x2000) where the server answered, else a socket code (`ECONNREFUSED`). */
    readonly code: number | string | undefined,
    reason: string,
    { transient, outcome }: { transient: boolean; outcome: Outcome },
  ) {
    const shown = typeof code === 'number' ? `0x${code.toString(16).padStart(4, '0')}` : code;
    super(
      `Could not ${what} in YCQL: ${reason}${shown === undefined ? '' : ` (${shown})`}. ` +
        (outcome === 'unknown'
          ? 'Whether it took effect is unknown: look before repeating it.'
          : transient
            ? 'It may work later; check that YCQL answers at the configured address.'
            : 'Check the name and the rights of the configured user.'),
    );
    this.transient = transient;
    this.outcome = outcome;
    this.reason = bounded(reason);
    this.final = !transient && outcome === 'refused' && typeof code === 'number' && verdictOfCqlCode(code) === 'final';
  }
}

/** A web page of a master or tserver could not be read. */
export class HttpFailed extends YugabyteError {
  readonly kind = 'HttpFailed';
  readonly url: string;
  /** The page will answer the same, until a person changes something. */
  readonly final: boolean;
  constructor(
    url: string,
    readonly status: number | undefined,
    reason: string,
    readonly transient: boolean,
  ) {
    super(`Could not read ${url}: ${reason}. Check "http" in kalpa.yaml, and that the server behind it is up.`);
    this.url = bounded(url);
    this.final = !transient && status !== undefined && verdictOfHttp(status) === 'final';
  }
}

/** The exported metadata file is damaged, cut short or of a format that Kalpa does not know. */
export class SnapshotFileInvalid extends YugabyteError {
  readonly kind = 'SnapshotFileInvalid';
  constructor(reason: string) {
    super(
      `The exported snapshot file cannot be used: ${reason}. Export the snapshot again; in a backup, fetch the file again and compare its hash.`,
    );
  }
}

/** A schema dump holds a statement that cannot be given a new database name safely. */
export class DumpRefused extends YugabyteError {
  readonly kind = 'DumpRefused';
  constructor(
    readonly line: number,
    reason: string,
  ) {
    super(`Line ${line} of the dump: ${reason}. Change it in the source and make a new one, or load this one by hand.`);
  }
}

/** A statement of a dump failed in a way that it will again. What stood before it has taken effect. */
export class StatementFailed extends YugabyteError {
  readonly kind = 'StatementFailed';
  /** Names the line and begins with the statement there, without secrets and rows. */
  readonly reason: string;
  constructor(
    /** Absent: a statement of ours. */
    readonly line: number | undefined,
    statement: string,
    reason: string,
  ) {
    const text = line === undefined ? reason : `line ${line}: ${reason}${statement === '' ? '' : ` (${statement})`}`;
    super(text);
    this.reason = bounded(text);
  }
}

/** A statement or backslash line that no dump has; it was not run. */
export class StatementRefused extends YugabyteError {
  readonly kind = 'StatementRefused';
  constructor(
    /** Absent: it is about rows. */
    readonly line: number | undefined,
    readonly statement: string,
    readonly because: string,
  ) {
    super(line === undefined ? `Rows are not loaded, ${because}` : `line ${line} is not run, ${because}: ${statement}`);
  }
}

/** One line of at most 300 characters without secrets, control characters shown as spaces. */
export function excerptOf(text: string): string {
  return excerpt(text, 300);
}
