import type { ControlDependencies } from '../dependencies';

/** The abilities of this cluster's release on which a procedure depends. */
export function makeDescribeRelease({ yugabyte }: ControlDependencies) {
  return async function describeRelease(): Promise<{ clonesDatabases: boolean }> {
    const { clonesDatabases } = await yugabyte().capabilities();
    return { clonesDatabases };
  };
}
