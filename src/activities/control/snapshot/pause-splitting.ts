import { cancellationSignal, sleep } from '@temporalio/activity';
import { disableTabletSplitting, isTabletSplittingComplete, ToolFailed } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import type { ControlDependencies } from '../dependencies';

/** It ends by itself; no more than this after a worker has died (#28224). */
const LEASE_MS = 120_000;

/**
 * Leases a pause of tablet splitting and waits for the splits that run, so that no tablet is in a snapshot beside those
 * that it was split into. What is split in spite of it the exported file shows: its tablets must tile the keys.
 * Releases without the lease have that check alone. Returns warnings. Faults 11, 12, 13.
 */
export async function pauseSplitting({ yugabyte, timing }: ControlDependencies): Promise<string[]> {
  const cluster = yugabyte();
  if (!(await cluster.capabilities()).leasesTabletSplitting) return [];
  const signal = cancellationSignal();
  const giveUpAt = Date.now() + LEASE_MS;
  try {
    await cluster.run(disableTabletSplitting, { leaseMs: LEASE_MS, feature: 'kalpa' }, { signal });
  } catch (error) {
    // After a lost reply it may be leased or not, so it is asked for again; a refusal leaves the check of the file.
    if (!(error instanceof ToolFailed) || error.outcome === 'unknown' || error.transient) throw error;
    return [`Tablet splitting could not be paused: ${error.reason}. The tablets of the snapshot are checked instead.`];
  }
  for (;;) {
    const { complete } = await cluster.run(isTabletSplittingComplete, {}, { signal });
    if (complete) return [];
    if (Date.now() > giveUpAt)
      return ['Tablets were still being split when the snapshot was taken; its tablets are checked.'];
    showProgress({ waitingFor: 'the splits of tablets that run' });
    await sleep(timing.pollInterval);
  }
}
