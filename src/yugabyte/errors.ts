import { cutText, excerpt, redact } from '../redaction';
import { verdictOfCqlCode, verdictOfHttp, verdictOfSqlState } from './verdicts';

/** Quotes included. */
const MAX_MESSAGE_LENGTH = 16_000;

/**
 * Cut before it is searched for secrets: a server may send any amount, and a worker busy searching it all would not
 * heartbeat.
 */
const bounded = (text: string): string => redact(cutText(text, MAX_MESSAGE_LENGTH));

/**
 * Failures of the cluster's own tools, SQL and web pages. Plain classes with a stable `kind`: this folder knows nothing
 * of Temporal, so activities map kinds to failure types of the contract.
 */
export abstract class YugabyteError extends Error {
  /** Stable word for this class of failure. */
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
 * work and only the response was lost, so check before running it again.
 */
export type Outcome = 'refused' | 'unknown';

export interface ToolFailure {
  /** `yb-admin`, `ysqlsh`, … */
  tool: string;
  /** The operation, or the tool's name again if there is none. */
  command: string;
  /** Undefined if a signal ended the tool. */
  exitCode?: number | undefined;
  /** We ended the tool after this time-out. */
  timedOutAfterMs?: number | undefined;
  /** The caller's signal ended it. */
  cancelled?: boolean | undefined;
  /** First words of a YugabyteDB status: `Timed out`, `Not found`, … */
  statusCode?: string | undefined;
  /** MasterErrorPB.Code. */
  masterError?: number | undefined;
  /** The tool's own error message, on one line. */
  reason: string;
  /** The end of what it printed on standard error, without DETAIL and CONTEXT (they may contain row data). */
  stderrTail: string;
  outcome: Outcome;
  /** The same command may succeed later. */
  transient: boolean;
  /** It will never succeed until a person changes something. */
  final?: boolean | undefined;
}

const STDERR_TAIL = 4_000;

/** A tool failed, timed out, or was stopped. */
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
  const call = failure.tool === failure.command ? failure.tool : `${failure.tool} ${failure.command}`;
  const how = failure.cancelled
    ? 'was stopped because its caller was cancelled'
    : failure.timedOutAfterMs !== undefined
      ? `did not respond within ${failure.timedOutAfterMs / 1000} s and was stopped`
      : `failed${failure.exitCode === undefined ? '' : ` with exit code ${failure.exitCode}`}`;
  const next =
    failure.outcome === 'unknown'
      ? 'It is not known whether the cluster acted: check before running it again.'
      : failure.transient
        ? 'Nothing was changed; it may work later.'
        : failure.final
          ? 'Nothing was changed; repeating it will not help.'
          : 'Nothing was changed.';
  return `${call} ${how}${failure.reason === '' ? '' : `: ${failure.reason}`}${/[.!?]$/.test(failure.reason) ? '' : '.'} ${next}`;
}

/** The executable does not exist or may not be run. */
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

/** YCQL was needed, and kalpa.yaml does not configure it. */
export class YcqlNotConfigured extends YugabyteError {
  readonly kind = 'YcqlNotConfigured';
  constructor() {
    super(
      'kalpa.yaml does not configure YCQL. Set "ycql" there (host, port, user, passwordFile, ssl), and start the worker again.',
    );
  }
}

/**
 * A password or statement would have gone to a server that has not proved its identity. Nothing was sent; this is final
 * until a person changes something.
 */
export class InsecureConnection extends YugabyteError {
  readonly kind = 'InsecureConnection';
  /** `problem`: what was not done, why, and what to do, without the final full stop. */
  constructor(problem: string) {
    super(`${problem}.`);
  }
}

/** The response of a tool or page does not have its documented form. */
export class UnexpectedOutput extends YugabyteError {
  readonly kind = 'UnexpectedOutput';
  /** For a command that changes the cluster: it exited with 0, so it has probably acted. */
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
        "Kalpa does not know this form: check that the tools are of the cluster's release, and report this text.",
    );
    this.excerpt = excerpt;
  }
}

/** The version of the tools can't be read, or is older than the oldest that Kalpa supports. */
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

interface QueryFailure {
  /** Completes "Could not …". */
  action: string;
  /** `in database "orders"`, `in YCQL`. */
  where: string;
  api: 'YSQL' | 'YCQL';
  /** What its users are given there. */
  rights: 'privileges' | 'permissions';
  shownCode: string | undefined;
  reason: string;
  transient: boolean;
  outcome: Outcome;
  final: boolean;
}

/** A statement, or its connection, failed: in either language. */
export abstract class QueryFailed extends YugabyteError {
  readonly transient: boolean;
  readonly outcome: Outcome;
  /** The same statement will fail again until a person changes something. */
  readonly final: boolean;
  /** Without secrets. */
  readonly reason: string;

  constructor({ action, where, api, rights, shownCode, reason, transient, outcome, final }: QueryFailure) {
    super(
      `Could not ${action} ${where}: ${reason}${shownCode === undefined ? '' : ` (${shownCode})`}. ` +
        (outcome === 'unknown'
          ? 'It is not known whether it took effect: check before repeating it.'
          : transient
            ? `It may work later; check that ${api} answers at the configured address.`
            : `Check the name and the ${rights} of the configured user.`),
    );
    this.transient = transient;
    this.outcome = outcome;
    this.reason = bounded(reason);
    this.final = !transient && outcome === 'refused' && final;
  }
}

/** A SQL statement, or its connection, failed. */
export class SqlFailed extends QueryFailed {
  readonly kind = 'SqlFailed';
  constructor(
    readonly action: string,
    readonly database: string,
    /** SQLSTATE (`42P01`) or a socket code (`ECONNREFUSED`). */
    readonly code: string | undefined,
    reason: string,
    transient: boolean,
    outcome: Outcome,
  ) {
    super({
      ...{ action, where: `in database "${database}"`, api: 'YSQL', rights: 'privileges' },
      ...{ shownCode: code, reason, transient, outcome, final: verdictOfSqlState(code) === 'final' },
    });
  }
}

/** A CQL statement, or its connection, failed. */
export class CqlFailed extends QueryFailed {
  readonly kind = 'CqlFailed';
  constructor(
    readonly action: string,
    /** Error code of the native protocol (0x2000) if the server answered, otherwise a socket code (`ECONNREFUSED`). */
    readonly code: number | string | undefined,
    reason: string,
    { transient, outcome }: { transient: boolean; outcome: Outcome },
  ) {
    super({
      ...{ action, where: 'in YCQL', api: 'YCQL', rights: 'permissions', reason, transient, outcome },
      shownCode: typeof code === 'number' ? `0x${code.toString(16).padStart(4, '0')}` : code,
      final: typeof code === 'number' && verdictOfCqlCode(code) === 'final',
    });
  }
}

/** A web page of a master or tserver could not be read. */
export class HttpFailed extends YugabyteError {
  readonly kind = 'HttpFailed';
  readonly url: string;
  /** The page will give the same response until a person changes something. */
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

/** The exported metadata file is damaged, truncated or of a format that Kalpa does not know. */
export class SnapshotFileInvalid extends YugabyteError {
  readonly kind = 'SnapshotFileInvalid';
  constructor(reason: string) {
    super(
      `The exported snapshot file cannot be used: ${reason}. Export the snapshot again; in a backup, fetch the file again and compare its hash.`,
    );
  }
}

/** A schema dump contains a statement in which the database's name can't be replaced safely. */
export class DumpRefused extends YugabyteError {
  readonly kind = 'DumpRefused';
  constructor(
    readonly line: number,
    reason: string,
  ) {
    super(`Line ${line} of the dump: ${reason}. Change it in the source and make a new one, or load this one by hand.`);
  }
}

/** A statement of a dump failed, and would fail again. The statements before it have taken effect. */
export class StatementFailed extends YugabyteError {
  readonly kind = 'StatementFailed';
  /** Names the line and quotes the beginning of the statement, without secrets and rows. */
  readonly reason: string;
  constructor(
    /** Absent: one of our own statements. */
    readonly line: number | undefined,
    statement: string,
    reason: string,
  ) {
    const text = line === undefined ? reason : `line ${line}: ${reason}${statement === '' ? '' : ` (${statement})`}`;
    super(text);
    this.reason = bounded(text);
  }
}

/** A statement or backslash command that no dump contains; it was not run. */
export class StatementRefused extends YugabyteError {
  readonly kind = 'StatementRefused';
  constructor(
    /** Absent: it concerns rows. */
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
