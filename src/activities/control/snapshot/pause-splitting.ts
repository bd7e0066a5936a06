import { cancellationSignal, sleep } from '@temporalio/activity';
import { disableTabletSplitting, isTabletSplittingComplete, ToolFailed } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import type { ControlDependencies } from '../dependencies';

/** The pause expires on its own, at most this long after a worker has died (#28224). */
const LEASE_MS = 120_000;

/**
 * Pauses tablet splitting for the length of a lease and waits for running splits, so that no snapshot has a tablet
 * beside those it was split into. A split that happens all the same shows in the exported file: its tablets must cover
 * the key space without overlaps. Releases without the lease have that check only. Returns warnings. Faults 11, 12, 13.
 */
export async function pauseSplitting({ yugabyte, timing }: ControlDependencies): Promise<string[]> {
  const cluster = yugabyte();
  if (!(await cluster.capabilities()).leasesTabletSplitting) return [];
  const signal = cancellationSignal();
  const giveUpAt = Date.now() + LEASE_MS;
  try {
    await cluster.run(disableTabletSplitting, { leaseMs: LEASE_MS, feature: 'kalpa' }, { signal });
  } catch (error) {
    // After a lost reply it may be paused or not, so the lease is requested again; if that is refused, the check of the
    // file remains.
    if (!(error instanceof ToolFailed) || error.outcome === 'unknown' || error.transient) throw error;
    return [`Tablet splitting could not be paused: ${error.reason}. The tablets of the snapshot are checked instead.`];
  }
  for (;;) {
    const { complete } = await cluster.run(isTabletSplittingComplete, {}, { signal });
    if (complete) return [];
    if (Date.now() > giveUpAt)
      return ['Tablets were still being split when the snapshot was taken; its tablets are checked.'];
    showProgress({ waitingFor: 'running tablet splits' });
    await sleep(timing.pollInterval);
  }
}
