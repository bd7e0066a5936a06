import type { Command } from '../command';
import { required } from '../read-output';

/** CAN_RETRY_LOAD_BALANCE_CHECK, LOAD_BALANCER_RECENTLY_ACTIVE: the way in which "busy" is said. */
const BUSY = new Set([16, 33]);

/**
 * Whether the balancer has nothing to move. A busy one makes the command fail rather than print 0; both read as false.
 */
export const getIsLoadBalancerIdle: Command<Record<string, never>, { idle: boolean }> = {
  name: 'get_is_load_balancer_idle',
  mutates: false,
  argv: () => ['get_is_load_balancer_idle'],
  parse: (stdout) => ({ idle: required(/^Idle = (\d)/m, stdout, 'state of the load balancer') === '1' }),
  answerOfFailure: ({ masterError }) =>
    masterError !== undefined && BUSY.has(masterError) ? { idle: false } : undefined,
};
