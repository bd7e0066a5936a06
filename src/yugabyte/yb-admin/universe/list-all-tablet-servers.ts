import { UnexpectedOutput } from '../../errors';
import type { Command } from '../command';
import { HEX_ID, linesOf } from '../read-output';

export interface ListedTserver {
  uuid: string;
  /** RPC address; undefined if the master does not know it. */
  address?: string;
  /** Seconds since its last heartbeat. */
  heartbeatSeconds: number;
  status: 'ALIVE' | 'DEAD' | 'UNKNOWN';
}

/** Every tserver that has ever registered; dead ones stay listed. */
export const listAllTabletServers: Command<Record<string, never>, ListedTserver[]> = {
  name: 'list_all_tablet_servers',
  mutates: false,
  lists: true,
  argv: () => ['list_all_tablet_servers'],
  parse(stdout) {
    const [header = '', ...rows] = linesOf(stdout);
    if (!header.startsWith('Tablet Server UUID'))
      throw new UnexpectedOutput('table of tservers', stdout, 'yb-admin list_all_tablet_servers');
    return rows.map((row) => {
      // Columns are separated by spaces here, and size cells contain spaces: only the first four words are safe.
      const [uuid = '', address = '', delay = '', status = ''] = row.split(/\s+/);
      if (!HEX_ID.test(uuid) || status === '')
        throw new UnexpectedOutput('row of a tserver', row, 'yb-admin list_all_tablet_servers');
      return {
        uuid,
        ...(address === 'N/A' ? {} : { address }),
        heartbeatSeconds: Number.parseFloat(delay),
        status: status === 'ALIVE' || status === 'DEAD' ? status : 'UNKNOWN',
      };
    });
  },
};
