import { getUniverseConfig, type Yugabyte } from '../yugabyte';
import type { WorkerLog } from './log';

/** Masters that need longer are not well, and a worker that waits for them serves nobody. */
const RESPONSE_TIMEOUT_MS = 20_000;

/**
 * What distinguishes this cluster from another one of its name; undefined, with a log line, if the masters do not
 * report it in time.
 */
export async function universeOf(yugabyte: Yugabyte, log: WorkerLog): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
    const { universeUuid, clusterUuid } = await yugabyte.run(getUniverseConfig, {}, { signal });
    return universeUuid ?? clusterUuid;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.warn(
      `continuing without the universe's id, so no command can tell whether this worker belongs to its cluster: ${why}`,
    );
    return undefined;
  }
}
