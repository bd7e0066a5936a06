import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { nodeQueue } from '../../contract';
import { listPollers } from './pollers';

/** Workers that wait for a Temporal which was not up try again at least every five seconds. */
const WAIT_MS = 15_000;
const POLL_MS = 500;

/**
 * Waits until a node worker takes work for each tserver. Returns the addresses of those for which none does after that
 * time, or when `signal` is aborted.
 */
export async function tserversWithoutWorker(
  temporal: Client,
  { cluster, addresses, signal }: { cluster: string; addresses: readonly string[]; signal: AbortSignal },
): Promise<string[]> {
  const giveUpAt = Date.now() + WAIT_MS;
  for (let left = addresses; ;) {
    const pollers = await Promise.all(
      left.map(async (address) => await listPollers(temporal, nodeQueue(cluster, address), 'activity')),
    );
    left = left.filter((_, i) => !pollers[i]?.some(({ alive }) => alive));
    if (left.length === 0 || signal.aborted || Date.now() > giveUpAt) return [...left];
    await sleep(POLL_MS);
  }
}
