import { UnexpectedOutput } from '../../errors';
import type { Command } from '../command';
import { cellsOf, linesOf } from '../read-output';

export interface LoadBalancerState {
  /** As the leader has it; where no leader is listed, as every answering master has it. */
  enabled: boolean;
  masters: { address: string; role: string; state: 'ENABLED' | 'DISABLED' | 'ERROR' }[];
}

/** The balancer's switch on each master; only the leader's has an effect, the others matter after a failover. */
export const getLoadBalancerState: Command<Record<string, never>, LoadBalancerState> = {
  name: 'get_load_balancer_state',
  mutates: false,
  argv: () => ['get_load_balancer_state'],
  parse(stdout) {
    const [header = '', ...rows] = linesOf(stdout);
    if (!header.startsWith('Master UUID'))
      throw new UnexpectedOutput('state of the load balancer', stdout, 'yb-admin get_load_balancer_state');
    const masters = rows.map(cellsOf).map(([, address = '', , role = '', state = '']) => ({
      address,
      role,
      state: switchOf(state),
    }));
    const answering = masters.filter(({ state }) => state !== 'ERROR');
    if (answering.length === 0)
      throw new UnexpectedOutput(
        'master that knows the state of the load balancer',
        stdout,
        'yb-admin get_load_balancer_state',
      );
    const leader = answering.find(({ role }) => role === 'LEADER');
    return {
      enabled: leader ? leader.state === 'ENABLED' : answering.every(({ state }) => state === 'ENABLED'),
      masters,
    };
  },
};

/** A master that does not answer has an error text in its place. */
function switchOf(cell: string): 'ENABLED' | 'DISABLED' | 'ERROR' {
  return cell === 'ENABLED' || cell === 'DISABLED' ? cell : 'ERROR';
}
