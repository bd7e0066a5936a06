import { cancellationSignal } from '@temporalio/activity';
import { getLoadBalancerState } from '../../../yugabyte';
import type { ControlDependencies } from '../dependencies';

/** Whether the balancer moves tablets now; remembered so that it is given back as it was found. */
export function makeReadLoadBalancer({ yugabyte }: ControlDependencies) {
  return async function readLoadBalancer(): Promise<{ enabled: boolean }> {
    const { enabled } = await yugabyte().run(getLoadBalancerState, {}, { signal: cancellationSignal() });
    return { enabled };
  };
}
