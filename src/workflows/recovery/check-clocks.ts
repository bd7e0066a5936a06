import { patched } from '@temporalio/workflow';
import { formatMicros, type RecoverToPointInTimeInput, type Settings } from '../../contract';
import { failure } from '../failure';
import { control } from '../policies';

const APART_AT_MOST_MS = 10_000;

/**
 * `ago` counts from the start of the run, which is Temporal's time, and the moment that it comes to is the cluster's: with clocks apart
 * another moment would be recovered than was meant.
 */
export async function checkClocks({ database, ago }: RecoverToPointInTimeInput, settings: Settings): Promise<void> {
  if (ago === undefined || !patched('clocks')) return;
  const compare = async () => await control(settings, "the cluster's clock").compareClocks({ database });
  let found = await compare();
  // It may have waited for a worker that was away; one that just answered is there.
  if (found && found.clusterAheadMs > APART_AT_MOST_MS) found = await compare();
  if (!found || Math.abs(found.clusterAheadMs) <= APART_AT_MOST_MS) return;
  const { clusterAheadMs, clusterMicros } = found;
  const seconds = Math.round(Math.abs(clusterAheadMs) / 1000);
  throw failure(
    'PreflightFailed',
    `"ago": "${ago}" counts from Temporal's clock, and that of the cluster is ${seconds} s ${clusterAheadMs > 0 ? 'ahead of' : 'behind'} it: another moment would be recovered than was meant. Give the moment itself in "to", by the cluster's clock (it is ${formatMicros(clusterMicros)} there), and synchronise the clocks by NTP.`,
    [{ ...found }],
  );
}
