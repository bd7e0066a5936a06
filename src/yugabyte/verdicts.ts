/**
 * What a refusal means for a retry. `final`: the response will be the same until a person changes something;
 * `transient`: a component is down, busy or electing a leader. Codes in no table are neither: they are retried until
 * the step's own deadline.
 */
export type Verdict = 'final' | 'transient';

interface Known<Match> {
  is: Match;
  verdict: Verdict;
  means: string;
}

/**
 * SQLSTATEs, a whole code or a class; the first match counts. PostgreSQL, appendix A; YSQL's own use of 40001, XX000.
 */
export const SQL_STATES: readonly Known<string>[] = [
  { is: '3D000', verdict: 'final', means: 'there is no such database' },
  { is: '28', verdict: 'final', means: 'wrong user, wrong password or no entry in pg_hba.conf' },
  { is: '42501', verdict: 'final', means: 'a right is missing' },
  { is: '42601', verdict: 'final', means: 'the server does not know this syntax' },
  { is: '42P04', verdict: 'final', means: 'the name of the database is taken' },
  { is: '0A', verdict: 'final', means: 'the server has no such feature' },
  { is: '25006', verdict: 'final', means: 'the session may only read' },
  { is: '22', verdict: 'final', means: 'a value does not fit its type' },
  { is: '23', verdict: 'final', means: 'a constraint refuses the row' },
  { is: '2BP01', verdict: 'final', means: 'other objects depend on it' },
  { is: '54', verdict: 'final', means: 'a limit of the server' },
  { is: 'F0', verdict: 'final', means: "the server's own configuration is damaged" },
  { is: '08', verdict: 'transient', means: 'the connection failed or broke' },
  { is: '40', verdict: 'transient', means: 'the transaction was rolled back: conflict, deadlock, restart read' },
  { is: '53', verdict: 'transient', means: 'memory, disk or connections are used up for now' },
  { is: '55006', verdict: 'transient', means: 'others are connected' },
  { is: '55P03', verdict: 'transient', means: 'a lock was not available' },
  { is: '57P04', verdict: 'final', means: 'the database was dropped' },
  { is: '57', verdict: 'transient', means: 'the server starts, stops, or ended the statement' },
];

/** Status codes of yb-admin and of the RPCs below it (`status.cc`). */
export const STATUS_CODES: readonly Known<string>[] = [
  { is: 'Invalid argument', verdict: 'final', means: 'the request can never succeed' },
  { is: 'Not found', verdict: 'final', means: 'the object does not exist' },
  { is: 'Already present', verdict: 'final', means: 'the name is taken' },
  { is: 'Not authorized', verdict: 'final', means: 'a permission or a certificate is missing' },
  { is: 'Not implemented', verdict: 'final', means: 'this release has no such operation' },
  { is: 'Not supported', verdict: 'final', means: 'this release has no such operation' },
  { is: 'Invalid command', verdict: 'final', means: 'this release has no such operation' },
  { is: 'Configuration error', verdict: 'final', means: 'a flag or certificate is wrong' },
  { is: 'Timed out', verdict: 'transient', means: 'no response in time' },
  { is: 'Service unavailable', verdict: 'transient', means: 'the server is busy or not ready' },
  { is: 'Network error', verdict: 'transient', means: 'the connection failed' },
  { is: 'Try again', verdict: 'transient', means: 'the server asks for it' },
  { is: 'Operation failed. Try again', verdict: 'transient', means: 'the server asks for it' },
  { is: 'Leader not ready to serve requests', verdict: 'transient', means: 'a leader was elected a moment ago' },
  { is: 'Leader does not have a valid lease', verdict: 'transient', means: 'a leader was elected a moment ago' },
  { is: 'Resource busy', verdict: 'transient', means: 'another operation holds it' },
  { is: 'Shutdown in progress', verdict: 'transient', means: 'the server stops' },
];

/** `MasterErrorPB.Code`: more specific than the status beside it, and so checked first. */
export const MASTER_ERRORS: readonly Known<number>[] = [
  { is: 11, verdict: 'final', means: 'NAMESPACE_NOT_FOUND' },
  { is: 12, verdict: 'final', means: 'NAMESPACE_ALREADY_PRESENT' },
  { is: 22, verdict: 'final', means: 'SNAPSHOT_NOT_FOUND' },
  { is: 29, verdict: 'final', means: 'INVALID_REQUEST' },
  { is: 32, verdict: 'final', means: 'NOT_AUTHORIZED' },
  { is: 6, verdict: 'transient', means: 'CATALOG_MANAGER_NOT_INITIALIZED' },
  { is: 7, verdict: 'transient', means: 'NOT_THE_LEADER' },
  { is: 10, verdict: 'transient', means: 'IN_TRANSITION_CAN_RETRY' },
  { is: 16, verdict: 'transient', means: 'CAN_RETRY_LOAD_BALANCE_CHECK' },
  { is: 21, verdict: 'transient', means: 'TABLE_CREATION_IS_IN_PROGRESS' },
  { is: 25, verdict: 'transient', means: 'PARALLEL_SNAPSHOT_OPERATION' },
  { is: 37, verdict: 'transient', means: 'SPLIT_OR_BACKFILL_IN_PROGRESS' },
  { is: 38, verdict: 'transient', means: 'TABLET_NOT_RUNNING' },
  { is: 39, verdict: 'transient', means: 'TABLE_NOT_RUNNING' },
];

/**
 * Error codes of CQL's native protocol v4, section 9. Whatever else YCQL reports comes as "invalid" or "server error".
 */
export const CQL_CODES: readonly Known<number>[] = [
  { is: 0x0100, verdict: 'final', means: 'wrong user or password' },
  { is: 0x2000, verdict: 'final', means: 'the server does not know this syntax' },
  { is: 0x2100, verdict: 'final', means: 'a right is missing' },
  { is: 0x2400, verdict: 'final', means: 'the name is taken' },
  { is: 0x1000, verdict: 'transient', means: 'too few replicas answer' },
  { is: 0x1001, verdict: 'transient', means: 'the server is busy' },
  { is: 0x1002, verdict: 'transient', means: 'the server starts' },
  { is: 0x1100, verdict: 'transient', means: 'a write was not confirmed in time' },
  { is: 0x1200, verdict: 'transient', means: 'a read was not answered in time' },
];

/** HTTP statuses of the web pages of masters and tservers. Every other status from 500 on is transient. */
export const HTTP_STATUSES: readonly Known<number>[] = [
  { is: 400, verdict: 'final', means: 'the server does not understand the request' },
  { is: 401, verdict: 'final', means: 'the page requires a login' },
  { is: 403, verdict: 'final', means: 'access to the page is denied' },
  { is: 405, verdict: 'final', means: 'the page does not allow this method' },
  { is: 410, verdict: 'final', means: 'the page no longer exists' },
  { is: 501, verdict: 'final', means: 'this release has no such page' },
  { is: 429, verdict: 'transient', means: 'too many requests' },
];

/**
 * What the shells of YSQL (`ysqlsh`, `ysql_dump`) and YCQL (`ycqlsh`) print on standard error when a retry would fail
 * in the same way.
 */
export const FINAL_TEXTS: Readonly<Record<'ysql' | 'ycql', RegExp>> = {
  ysql: /password authentication failed|no pg_hba\.conf entry|role ".*" does not exist|database ".*" does not exist|no password supplied|permission denied|server does not support SSL, but SSL was required|certificate verify failed|server certificate for .* does not match host name|root certificate file .* does not exist|invalid when SSL support is not compiled in/,
  ycql: /AuthenticationFailed|Bad credentials|Unauthorized|SyntaxException|AlreadyExists/i,
};

/** Socket codes after which the same statement may succeed. */
export const TRANSIENT_SOCKET_CODES = /^(?:ECONN\w*|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/;

const verdictIn = <M>(table: readonly Known<M>[], matches: (is: M) => boolean): Verdict | undefined =>
  table.find(({ is }) => matches(is))?.verdict;

export const verdictOfSqlState = (code: string | undefined): Verdict | undefined =>
  code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? verdictIn(SQL_STATES, (is) => code.startsWith(is)) : undefined;

export const verdictOfCqlCode = (code: number): Verdict | undefined => verdictIn(CQL_CODES, (is) => is === code);

/** For yb-admin: the master's own error, otherwise the status. */
export const verdictOfStatus = (status: string | undefined, masterError?: number): Verdict | undefined =>
  verdictIn(MASTER_ERRORS, (is) => is === masterError) ?? verdictIn(STATUS_CODES, (is) => is === status);

export const verdictOfHttp = (status: number): Verdict | undefined =>
  verdictIn(HTTP_STATUSES, (is) => is === status) ?? (status >= 500 ? 'transient' : undefined);
