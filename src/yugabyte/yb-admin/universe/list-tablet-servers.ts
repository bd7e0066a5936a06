import { UnexpectedOutput } from '../../errors';
import type { Command } from '../command';
import { replicaRole, type ReplicaRole } from '../list-tablets';
import { HEX_ID, rowsAfter } from '../read-output';

export interface ListedReplica {
  tserverUuid: string;
  /** RPC address. */
  address: string;
  role: ReplicaRole;
}

/** Every replica of one tablet, including read replicas: those that must receive the files of a restored tablet. */
export const listTabletServers: Command<{ tabletId: string }, ListedReplica[]> = {
  name: 'list_tablet_servers',
  mutates: false,
  lists: true,
  argv: ({ tabletId }) => ['list_tablet_servers', tabletId],
  parse: (stdout) =>
    rowsAfter('Server UUID', stdout).map(([tserverUuid = '', address = '', role = '']) => {
      if (!HEX_ID.test(tserverUuid) || address === '')
        throw new UnexpectedOutput('replica of the tablet', stdout, 'yb-admin list_tablet_servers');
      return { tserverUuid, address, role: replicaRole(role) };
    }),
};
