import { setTimeout as sleep } from 'node:timers/promises';
import { isFailureType } from '../../src/contract';
import type { FaultCluster } from '../support/cluster/fault-cluster';

/** A run may wait for whatever is being restarted, but not for ever. */
export const END_TIMEOUT_MS = 300_000;

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
    handle.result().then(
      (value: unknown): Ending<T> => ({ ok: true, value: value as T }),
      (error: unknown): Ending<T> => {
        const { cause } = error as { cause?: { type?: string; name?: string; message?: string } };
        return { ok: false, type: cause?.type ?? cause?.name ?? String(error), message: cause?.message ?? '' };
      },
    ),
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
