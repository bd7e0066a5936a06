/**
 * Every `ApplicationFailure.type` that Kalpa's workflows end with, and its exit code on the command line. `final`:
 * refused or decided, retrying the step can't help. `retried`: a component is unavailable, waited for with back-off.
 */
export const failures = {
  InvalidInput: { exit: 2, final: true, when: 'A field of the input is wrong; the message names it.' },
  PreflightFailed: {
    exit: 3,
    final: true,
    when: 'Refused before anything was changed; lists everything that is wrong.',
  },
  DatabaseBusy: { exit: 3, final: true, when: 'Another operation holds the database.' },
  AlreadyExists: { exit: 3, final: true, when: 'The target name is taken.' },
  NotFound: { exit: 3, final: true, when: 'The database, backup or bucket does not exist.' },
  IncompatibleVersion: {
    exit: 3,
    final: true,
    when: 'A tool or backup of a version that this cluster or Kalpa cannot take.',
  },
  OutsideRecoveryWindow: { exit: 3, final: true, when: 'The moment asked for can not be recovered.' },
  DataLossNotConfirmed: { exit: 3, final: true, when: 'A rewind in place was not confirmed.' },
  StoreUnsafe: { exit: 3, final: true, when: 'The store ignores conditional writes or accepts wrong checksums.' },
  PromiseBroken: { exit: 3, final: true, when: 'A retention promise would be broken.' },
  SchemaChanging: {
    exit: 1,
    final: true,
    when: 'DDL kept committing while the snapshot and the schema were taken; retaken, then given up.',
  },
  SnapshotFailed: { exit: 1, final: true, when: 'The cluster could not complete a snapshot; retaken, then given up.' },
  SnapshotFilesMissing: {
    exit: 1,
    final: true,
    when: 'No replica of a tablet has the snapshot; retaken twice, then given up. Or there is a link, FIFO or the like among its files.',
  },
  NodeUnavailable: {
    exit: 1,
    final: false,
    when: 'A node, its tserver or its worker is unavailable past the deadline of the phase.',
  },
  StoreUnavailable: { exit: 1, final: false, when: 'The store is unavailable past the deadline of the phase.' },
  ToolFailed: { exit: 1, final: false, when: 'A tool of the cluster failed past the deadline of the phase.' },
  ChecksumMismatch: { exit: 1, final: true, when: 'Bytes are not what was recorded.' },
  ManifestInvalid: { exit: 1, final: true, when: 'A manifest or a part of it is not what was recorded.' },
  ContentRefused: {
    exit: 3,
    final: true,
    when: 'A valid backup or dump asks for something that is not allowed (a statement, a backslash command); nothing of it was run.',
  },
  RestoreFailed: {
    exit: 1,
    final: true,
    when: 'The restore failed; scratch database and imported snapshot are removed.',
  },
  VerificationFailed: {
    exit: 1,
    final: true,
    when: 'The restored database is not what was backed up; it is kept under its scratch name.',
  },
} as const satisfies Record<string, { exit: 1 | 2 | 3; final: boolean; when: string }>;

export type FailureType = keyof typeof failures;

/** One finding of preflight; several make one `PreflightFailed` with all of them as `details`. */
export interface Finding {
  type: FailureType;
  message: string;
  [detail: string]: unknown;
}

/** Whether a text is one of our failure types. */
export function isFailureType(type: string | undefined | null): type is FailureType {
  return typeof type === 'string' && Object.hasOwn(failures, type);
}

/** Types that no activity retries. */
export const finalFailureTypes: FailureType[] = (Object.keys(failures) as FailureType[]).filter(
  (type) => failures[type].final,
);
