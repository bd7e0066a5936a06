import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { isFailureType } from '../../src/contract';
import type { FaultCluster } from '../support/cluster/fault-cluster';

/** A run may wait for whatever is being restarted, on a machine that is busy with other things, but not for ever. */
const END_TIMEOUT_MS = 900_000;
const POLL_INTERVAL_MS = 500;

/** The newest failures of runs, for the report. */
export const failures: string[] = [];
const REPORTED = 30;

/** How a run ended. */
export type Ending<T> = { ok: true; value: T } | { ok: false; type: string; message: string };

/** Starts a run and waits for its end, which is a result or a failure of the contract. */
export async function ended<T>(cluster: FaultCluster, type: string, input: object): Promise<Ending<T>> {
  const handle = await cluster.start(type, input);
  const never = new AbortController();
  const ending = await Promise.race([
    endOf<T>(handle, never.signal),
    sleep(END_TIMEOUT_MS, 'never' as const, { signal: never.signal }).catch(() => 'never' as const),
  ]);
  never.abort();
  const named = `${type} (${handle.workflowId}, ${JSON.stringify(input)})`;
  if (ending === 'never') throw new Error(`${named} has not ended within ${END_TIMEOUT_MS / 1000} s.`);
  if (!ending.ok && !isFailureType(ending.type))
    throw new Error(`${named} ended with ${ending.type}, which is no failure of the contract: ${ending.message}`);
  if (!ending.ok) {
    failures.push(`${named}: ${ending.type}: ${ending.message}`.slice(0, 400));
    failures.splice(0, failures.length - REPORTED);
  }
  return ending;
}

/** Asks again while the server can't be asked: it is killed too, and may be slow. */
async function endOf<T>(handle: { result(): Promise<unknown> }, tired: AbortSignal): Promise<Ending<T>> {
  for (;;)
    try {
      return { ok: true, value: (await handle.result()) as T };
    } catch (error) {
      if (error instanceof WorkflowFailedError) {
        const { cause } = error as { cause?: { type?: string; name?: string; message?: string } };
        return { ok: false, type: cause?.type ?? cause?.name ?? String(error), message: cause?.message ?? '' };
      }
      tired.throwIfAborted();
      await sleep(POLL_INTERVAL_MS);
    }
}
