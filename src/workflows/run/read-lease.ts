import { CancellationScope, isCancellation, log, sleep } from '@temporalio/workflow';
import type { RenewLeaseInput } from '../../activities/control/run/renew-lease';
import type { Settings } from '../../contract/internal';
import { failure, reasonOf } from './failure';
import { shortStep } from './policies';

/** A lease is renewed as often as this in its time, so that two thirds of it are left for renewals that fail. */
export const RENEWALS_PER_LEASE = 3;
/** A renewal that failed is tried again after this part of the lease's time. */
export const PAUSES_PER_LEASE = 24;

/**
 * The lease on what a run reads, from before the step that takes it: preflight, or the plan of a verification. Steps
 * may last longer than a lease, so the run renews it beside them. Nothing gives it back: when the run has ended, a
 * deletion no longer counts it, and it expires.
 */
export class ReadLease {
  private endsAt: number;

  /** `since`: not later than it was taken. */
  constructor(
    private readonly settings: Settings,
    private readonly of: RenewLeaseInput,
    since = Date.now(),
  ) {
    this.endsAt = since + settings.timing.leaseTime;
  }

  /**
   * Runs what reads, and renews the lease beside it. A renewal that fails is tried again until the lease has ended;
   * then the work is cancelled and awaited, and the run ends.
   */
  async whileReading<T>(work: () => Promise<T>): Promise<T> {
    const reading = new CancellationScope();
    const renewing = new CancellationScope();
    let ended: Error | undefined;
    renewing
      .run(async () => await this.renewAgainAndAgain())
      .catch((error: unknown) => {
        if (isCancellation(error)) return;
        ended = error as Error;
        reading.cancel();
      });
    try {
      return await reading.run(work);
    } catch (error) {
      throw ended ?? error;
    } finally {
      renewing.cancel();
    }
  }

  private async renewAgainAndAgain(): Promise<never> {
    const { leaseTime } = this.settings.timing;
    for (;;) {
      const renewAt = this.endsAt - leaseTime + leaseTime / RENEWALS_PER_LEASE;
      await sleep(Math.max(1, renewAt - Date.now()), { summary: `until the lease on ${this.of.id} is renewed` });
      await this.renew();
    }
  }

  /** One that ended because nothing ran for so long is taken again: what was removed meanwhile is found by reading. */
  private async renew(): Promise<void> {
    const { leaseTime } = this.settings.timing;
    const { id } = this.of;
    for (;;) {
      const askedAt = Date.now();
      try {
        await shortStep(this.settings, `renew the lease on ${id}`).renewLease(this.of);
        this.endsAt = askedAt + leaseTime;
        return;
      } catch (error) {
        if (isCancellation(error)) throw error;
        const leftMs = this.endsAt - Date.now();
        if (leftMs <= 0) throw this.hasEnded(reasonOf(error));
        log.warn(`the lease on ${id} was not renewed`, { reason: reasonOf(error), leftMs });
        await sleep(Math.min(leftMs, leaseTime / PAUSES_PER_LEASE), {
          summary: `until the lease on ${id} is renewed, which failed`,
        });
      }
    }
  }

  private hasEnded(reason: string): Error {
    const { id } = this.of;
    return failure(
      'StoreUnavailable',
      `The lease on ${id} ended at ${new Date(this.endsAt).toISOString()} and could not be renewed, so a deletion may remove what this run still reads, and it was stopped. The last attempt failed: ${reason} Restore the control worker's access to the bucket (${this.of.cluster}, leases), then start the run again.`,
      [{ id, endedAt: new Date(this.endsAt).toISOString() }],
    );
  }
}
