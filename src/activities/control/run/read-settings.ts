import { clusterOfQueue } from '../../../contract';
import type { Settings } from '../../../contract/internal';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';

/** Reads timings and known search attributes, once for each run, so that later changes never affect its history. */
export function makeReadSettings({ config, timing, searchAttributes }: ControlDependencies) {
  return async function readSettings({ taskQueue }: { taskQueue: string }): Promise<Settings> {
    const cluster = clusterOfQueue(taskQueue);
    if (cluster !== config.cluster) {
      throw failWith(
        'InvalidInput',
        `The task queue "${taskQueue}" is not the one of cluster "${config.cluster}", which this worker serves. Start the run on kalpa/${config.cluster}, or correct \`cluster\` in the worker's kalpa.yaml.`,
        [{ field: 'taskQueue', given: taskQueue, allowed: `kalpa/${config.cluster}` }],
      );
    }
    return await Promise.resolve({ cluster, timing, searchAttributes });
  };
}
