import { cancellationSignal } from '@temporalio/activity';
import { setLoadBalancerEnabled } from '../../yugabyte';
import type { Guarded } from '../shapes';
import type { ControlDependencies } from './dependencies';
import { confirmGuardians } from './guardian-state';

/** Switches the balancer; the same again does no harm. */
export function makeSetLoadBalancer(dependencies: ControlDependencies) {
  return async function setLoadBalancer({ guarded, enabled }: { guarded: Guarded; enabled: boolean }): Promise<void> {
    await confirmGuardians(dependencies, guarded);
    await dependencies.yugabyte().run(setLoadBalancerEnabled, { enabled }, { signal: cancellationSignal() });
  };
}
