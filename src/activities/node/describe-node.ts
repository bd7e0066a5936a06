import { statfs } from 'node:fs/promises';
import { KALPA_VERSION } from '../../config';
import type { NodeDescription, NodeRef } from '../internal-types';
import type { NodeDependencies } from './dependencies';
import { confirmNode } from './confirm-node';

/** Who and where this node is, and the free space of its fullest data directory. */
export function makeDescribeNode(dependencies: NodeDependencies) {
  return async function describeNode({ uuid }: NodeRef): Promise<NodeDescription> {
    confirmNode(dependencies, uuid);
    const { identity } = dependencies;
    const free = await Promise.all(
      identity.dataDirs.map(async (dataDir) => {
        const { bavail, bsize } = await statfs(dataDir);
        return bavail * bsize;
      }),
    );
    return {
      uuid,
      address: identity.address,
      dataDirs: identity.dataDirs,
      freeBytes: Math.min(...free),
      kalpaVersion: KALPA_VERSION,
    };
  };
}
