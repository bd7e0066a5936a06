import { cancellationSignal } from '@temporalio/activity';
import { KALPA_VERSION } from '../../../config';
import { FORMAT, openDump as open, registerCluster } from '../../../repository';
import { getUniverseConfig } from '../../../yugabyte';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../shapes';
import type { ControlDependencies } from '../dependencies';
import type { DumpIdentity } from './dump-identity';
import { confirmGuardians } from '../lock/guardian-state';
import { startedBy } from '../../../schedules';
import { universeIdOf } from '../run/universe-id';
import { given } from '../../../objects/given';

export interface OpenDumpInput {
  guarded: Guarded;
  dump: DumpIdentity;
}

/** Registers the cluster and writes the protection record, before any data. An earlier attempt's record is ours. */
export function makeOpenDump(dependencies: ControlDependencies) {
  return async function openDump({ guarded, dump }: OpenDumpInput): Promise<void> {
    await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, guarded);
      const { repository, config } = dependencies;
      const universe = await dependencies.yugabyte().run(getUniverseConfig, {}, { signal: cancellationSignal() });
      await registerCluster(repository, universeIdOf(universe, config.cluster));
      const who = await startedBy(dependencies.client, dump.chain);
      const intended: Parameters<typeof open>[1] = {
        format: FORMAT,
        dumpId: dump.dumpId,
        cluster: config.cluster,
        subject: dump.subject,
        workflowId: dump.chain.workflowId,
        firstRunId: dump.chain.firstExecutionRunId,
        startedAt: dump.startedAt,
        kalpaVersion: KALPA_VERSION,
        ...given({ startedBy: who }),
      };
      await command(() => open(repository, intended));
    });
  };
}
