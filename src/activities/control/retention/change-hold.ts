import type { Chain } from '../../../contract';
import { given } from '../../../objects/given';
import { writeHold } from '../../../repository';
import { startedBy } from '../../../schedules';
import { failWith } from '../../application-failure';
import { findNamed } from '../../retention/find-named';
import type { ControlDependencies } from '../dependencies';

export interface ChangeHoldInput {
  chain: Chain;
  backup: string;
  reason: string;
  change: 'held' | 'released';
}

/** Records that a backup or dump is held, or no longer. Run twice, it records that once. */
export function makeChangeHold({ repository, client }: ControlDependencies) {
  return async function changeHold({ chain, backup, reason, change }: ChangeHoldInput): Promise<{ database: string }> {
    const { kind, id, database, state } = await findNamed(repository, backup);
    if (change === 'held' && state === 'deleted')
      throw failWith(
        'PreflightFailed',
        `${id} is deleted, so it can't be held. During its grace time it can be restored first: kalpa undelete ${id}.`,
      );
    const origin = { reason, workflowId: chain.workflowId, ...given({ by: await startedBy(client, chain) }) };
    await writeHold(repository, { kind, id, change, ...origin });
    return { database };
  };
}
