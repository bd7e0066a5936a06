import { cancellationSignal } from '@temporalio/activity';
import { getLoadBalancerState, setLoadBalancerEnabled } from '../../../yugabyte';
import type { ControlDependencies } from '../dependencies';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import { confirmGuardians } from '../lock/guardian-state';

/** Whether the load balancer is on; remembered so that it is left as it was found. */
export function makeReadLoadBalancer({ yugabyte }: ControlDependencies) {
  return async function readLoadBalancer(): Promise<{ enabled: boolean }> {
    const { enabled } = await yugabyte().run(getLoadBalancerState, {}, { signal: cancellationSignal() });
    return { enabled };
  };
}

/** Switches the load balancer; safe to repeat. */
export function makeSetLoadBalancer(dependencies: ControlDependencies) {
  return async function setLoadBalancer({ guarded, enabled }: { guarded: Guarded; enabled: boolean }): Promise<void> {
    await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, guarded);
      const yugabyte = dependencies.yugabyte();
      await command(() => yugabyte.run(setLoadBalancerEnabled, { enabled }, { signal: cancellationSignal() }));
    });
  };
}
