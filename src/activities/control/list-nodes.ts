import type { NodeRef } from '../shapes';
import type { ControlDependencies } from './dependencies';

/** Every tserver that the masters list, dead ones too. */
export function makeListNodes({ yugabyte }: ControlDependencies) {
  return async function listNodes(): Promise<{ nodes: (NodeRef & { alive: boolean })[] }> {
    const tservers = await yugabyte().tservers();
    return { nodes: tservers.map(({ uuid, address, alive }) => ({ uuid, address, alive })) };
  };
}
