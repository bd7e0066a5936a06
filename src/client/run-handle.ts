import { WorkflowUpdateFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { PROGRESS_QUERY, SET_LIMITS_UPDATE, type Limits, type Progress } from '../contract';
import { runFailure } from './run-failure';
import { KalpaFailure, type RunReference } from './kalpa-failure';
import { asUnreachable } from './unreachable';

/** A query waits for a worker; if there is none, the caller should learn that soon. */
const QUERY_ANSWER_MS = 3_000;

/** A run that was started or found, and everything that a caller does with it. */
export class RunHandle<Result> {
  readonly workflowId: string;

  constructor(
    private readonly temporal: Pick<Client, 'withDeadline'>,
    private readonly handle: WorkflowHandle,
    /** The run that was started; the methods follow later runs of its chain (a reset). */
    readonly runId: string,
    /** Its page in the Web UI, if the UI's address is known. */
    readonly link: string | undefined,
    private readonly address: string,
  ) {
    this.workflowId = handle.workflowId;
  }

  /**
   * Waits for the end. Throws `KalpaFailure` when the run failed, `TemporalUnreachable` when Temporal is unavailable.
   */
  async result(): Promise<Result> {
    return await this.call(async () => (await this.handle.result()) as Result);
  }

  /** Where the run is. Throws when no control worker answers within 3 s. */
  async progress(): Promise<Progress> {
    return await this.call(() =>
      this.temporal.withDeadline(Date.now() + QUERY_ANSWER_MS, () => this.handle.query<Progress>(PROGRESS_QUERY)),
    );
  }

  /**
   * Takes effect on the running copies within 5 s; 0 lifts a limit of this run. Throws `KalpaFailure` of type
   * `InvalidInput` when the run takes no such limits.
   */
  async setLimits(limits: Limits): Promise<void> {
    try {
      await this.call(() => this.handle.executeUpdate(SET_LIMITS_UPDATE, { args: [limits] }));
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      const why = error.cause?.message ?? error.message;
      throw new KalpaFailure(
        'InvalidInput',
        `${this.workflowId} took no limits, nothing was changed: ${why}`,
        [{ field: 'limits', given: limits, allowed: 'limits of a run that copies' }],
        this.reference(),
        { cause: error },
      );
    }
  }

  /**
   * Asks the run to stop copying and clean up. Returns at once; `result` then throws `KalpaFailure` of type
   * `Cancelled`.
   */
  async cancel(): Promise<void> {
    await this.call(() => this.handle.cancel());
  }

  private async call<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw runFailure(error, this.reference()) ?? asUnreachable(error, this.address);
    }
  }

  /** Plain data, for `--json` and failures. */
  reference(): RunReference {
    return { workflowId: this.workflowId, runId: this.runId, ...(this.link ? { link: this.link } : {}) };
  }
}
