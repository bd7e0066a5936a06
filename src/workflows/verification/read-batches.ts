import type { ListRef } from '../../activities/internal-types';
import type { Chain } from '../../contract';
import { given } from '../../objects/given';
import { bytesText } from '../../objects/texts';
import { streaming } from '../run/policies';
import type { StartedRun } from '../run/run-operation';

interface PlannedReading {
  chain: Chain;
  plannedAt: string;
  /** The list of all batches. */
  batches: ListRef;
  bytes: number;
  /** The backup or dump that all of it belongs to; absent: several. */
  id?: string;
  limits: { bytesPerSecond?: number | undefined; parallelism?: number | undefined };
}

/** Has the batches of a plan read, one after the other. Returns those in which something is bad. */
export async function readBatches(
  { settings, progress }: Pick<StartedRun<object>, 'settings' | 'progress'>,
  { chain, plannedAt, batches, bytes, id, limits }: PlannedReading,
): Promise<number[]> {
  const { bytesPerSecond, parallelism } = limits;
  const bad: number[] = [];
  let read = 0;
  for (let n = 1; n <= batches.files; n += 1) {
    const found = await progress.during(
      `${bytesText(read)} of ${bytesText(bytes)} read`,
      async () =>
        // How large this batch is stands in the bucket; larger than all of them it is not.
        await streaming(settings, `read batch ${n} of ${batches.files}`, { bytes, bytesPerSecond }).checkObjects({
          ...{ chain, plannedAt, batches, n },
          ...given({ id, bytesPerSecond, parallelism }),
        }),
    );
    read += found.bytes;
    if (found.bad > 0) bad.push(n);
  }
  return bad;
}
