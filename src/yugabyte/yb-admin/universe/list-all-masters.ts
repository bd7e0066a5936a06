import { UnexpectedOutput } from '../../errors';
import type { Command } from '../command';
import { cellsOf, linesOf } from '../read-output';

export interface ListedMaster {
  /** Undefined for a master that does not respond. */
  uuid?: string;
  address: string;
  alive: boolean;
  /** LEADER, FOLLOWER, or whatever else the masters print. */
  role: string;
}

export const listAllMasters: Command<Record<string, never>, ListedMaster[]> = {
  name: 'list_all_masters',
  mutates: false,
  lists: true,
  argv: () => ['list_all_masters'],
  parse(stdout) {
    const [header = '', ...rows] = linesOf(stdout);
    if (!header.startsWith('Master UUID'))
      throw new UnexpectedOutput('table of masters', stdout, 'yb-admin list_all_masters');
    return rows.map(cellsOf).map(([uuid = '', address = '', state, role = '']) => ({
      ...(uuid === 'UNKNOWN_UUID' || uuid === '' ? {} : { uuid }),
      address,
      alive: state === 'ALIVE',
      role,
    }));
  },
};
