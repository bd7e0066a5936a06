import type { Command } from '../command';

/**
 * Turns the tablet balancer on or off. It calls every master in turn, so one dead master makes it fail after the leader
 * may have changed: look with `getLoadBalancerState`. There is no lease; whoever dies leaves it as it is. Prints
 * nothing.
 */
export const setLoadBalancerEnabled: Command<{ enabled: boolean }, { enabled: boolean }> = {
  name: 'set_load_balancer_enabled',
  mutates: true,
  severalSteps: true,
  argv: ({ enabled }) => ['set_load_balancer_enabled', enabled ? '1' : '0'],
  parse: (_stdout, _release, { enabled }) => ({ enabled }),
};
