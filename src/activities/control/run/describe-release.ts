import type { ControlDependencies } from '../dependencies';

/** What this cluster's release can do that decides how a procedure goes. */
export function makeDescribeRelease({ yugabyte }: ControlDependencies) {
  return async function describeRelease(): Promise<{ clonesDatabases: boolean }> {
    const { clonesDatabases } = await yugabyte().capabilities();
    return { clonesDatabases };
  };
}
