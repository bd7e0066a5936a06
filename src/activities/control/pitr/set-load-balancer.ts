import { cancellationSignal } from '@temporalio/activity';
import { setLoadBalancerEnabled } from '../../../yugabyte';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../shapes';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';

/** Switches the balancer; the same again does no harm. */
export function makeSetLoadBalancer(dependencies: ControlDependencies) {
  return async function setLoadBalancer({ guarded, enabled }: { guarded: Guarded; enabled: boolean }): Promise<void> {
    await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, guarded);
      const yugabyte = dependencies.yugabyte();
      await command(() => yugabyte.run(setLoadBalancerEnabled, { enabled }, { signal: cancellationSignal() }));
    });
  };
}
