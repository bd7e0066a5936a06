import type { Settings } from '../../contract';
import { failWith } from '../application-failure';
import type { ControlDependencies } from './dependencies';

/** Reads timings and known search attributes, once for each run, so that later changes never alter its history. */
export function makeReadSettings({ config, timing, searchAttributes }: ControlDependencies) {
  return async function readSettings({ cluster }: { cluster: string }): Promise<Settings> {
    if (cluster !== config.cluster) {
      throw failWith(
        'InvalidInput',
        `The task queue names cluster "${cluster}", but the worker that took it is configured for "${config.cluster}". Correct \`cluster\` in its kalpa.yaml.`,
      );
    }
    return await Promise.resolve({ cluster, timing, searchAttributes });
  };
}
