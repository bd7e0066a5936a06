import { cancellationSignal } from '@temporalio/activity';
import type { NodeRef } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';

export interface ListedNode extends NodeRef {
  alive: boolean;
}

/** Every tserver that the masters list, dead ones too. */
export async function listNodes(
  { yugabyte }: Pick<ControlDependencies, 'yugabyte'>,
  signal: AbortSignal,
): Promise<{ nodes: ListedNode[] }> {
  const tservers = await yugabyte().tservers(signal);
  return { nodes: tservers.map(({ uuid, address, alive }) => ({ uuid, address, alive })) };
}

export function makeListNodes(dependencies: ControlDependencies) {
  return async (): Promise<{ nodes: ListedNode[] }> => await listNodes(dependencies, cancellationSignal());
}
