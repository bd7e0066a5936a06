import { apiOf } from '../../../contract';
import type { NodeState } from '../../internal-types';
import { checkCluster } from '../preflight/check-cluster';
import { checkStore } from '../preflight/check-store';
import { findBackup, type FindBackupInput, type RestorableBackup } from './find-backup';
import { definePreflight } from '../preflight/define-preflight';
import { checkNodes } from '../preflight/check-nodes';

export interface PreflightUnfoundInput {
  find: FindBackupInput;
  nodes: NodeState[];
  /** Why the masters could not list the nodes. */
  unlisted?: string;
}

/**
 * A restore whose backup was not found: refused together with everything else that is wrong. If it is found after all,
 * because the store is back, the restore's own preflight follows.
 */
export const makePreflightUnfound = definePreflight<PreflightUnfoundInput, RestorableBackup>({
  subject: () => 'The restore',
  ask: async (checks, { find, nodes, unlisted }) => {
    const api = apiOf(typeof find.backup === 'string' ? find.backup : find.backup.database);
    const [, store] = await Promise.all([checkCluster(checks, api, { unlisted }), checkStore(checks)]);
    checkNodes(checks, nodes);
    return store ? await checks.look(undefined, async (clients) => await findBackup(clients, find)) : undefined;
  },
});
