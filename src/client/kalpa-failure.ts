import { failures, isFailureType, type FailureType } from '../contract';

/** How a run ended without a result: one of the contract's failures, or what Temporal did to it. */
export type KalpaFailureType = FailureType | 'Cancelled' | 'Terminated' | 'TimedOut' | 'Unknown';

/** Which run a failure belongs to. */
export interface RunReference {
  workflowId: string;
  runId?: string;
  /** Its page in the Web UI, if the UI's address is known. */
  link?: string;
}

/**
 * An operation that was refused or that failed. `type` is stable; `message` says what, to what, why and what to do
 * next.
 */
export class KalpaFailure extends Error {
  constructor(
    readonly type: KalpaFailureType,
    message: string,
    /**
     * For programs; for `InvalidInput` `{ field, given, allowed }`, for `DatabaseBusy` `{ workflowId, runId, link }`.
     */
    readonly details: readonly unknown[] = [],
    /** Absent when the input was refused before a run was started. */
    readonly run?: RunReference,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'KalpaFailure';
  }

  /** Exit code of the command line. */
  get exitCode(): 1 | 2 | 3 {
    return isFailureType(this.type) ? failures[this.type].exit : 1;
  }
}

/** Temporal does not answer, or refuses access. Whether a run that was just requested has started is unknown. */
export class TemporalUnreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TemporalUnreachable';
  }
}
