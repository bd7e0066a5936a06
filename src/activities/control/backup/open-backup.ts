import type { BackUpDatabaseInput } from '../../../contract';
import { FORMAT, registerCluster, writeIntent } from '../../../repository';
import { KALPA_VERSION } from '../../../config';
import { getUniverseConfig } from '../../../yugabyte';
import { cancellationSignal } from '@temporalio/activity';
import { makingByCommand } from '../../made-nothing';
import type { BackupIdentity, Guarded } from '../../shapes';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { startedBy } from '../../../schedules';
import { universeIdOf } from '../run/universe-id';
import { given } from '../../../objects/given';

export interface OpenBackupInput {
  guarded: Guarded;
  backup: BackupIdentity;
  request: BackUpDatabaseInput;
}

/** Registers the cluster and writes the protection record, before any data. An earlier attempt's record is ours. */
export function makeOpenBackup(dependencies: ControlDependencies) {
  return async function openBackup({ guarded, backup, request }: OpenBackupInput): Promise<void> {
    await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, guarded);
      const { repository, config } = dependencies;
      const universe = await dependencies.yugabyte().run(getUniverseConfig, {}, { signal: cancellationSignal() });
      await registerCluster(repository, universeIdOf(universe, config.cluster));
      const who = await startedBy(dependencies.client, backup.chain);
      const intended: Parameters<typeof writeIntent>[1] = {
        format: FORMAT,
        backupId: backup.backupId,
        cluster: config.cluster,
        database: backup.database,
        workflowId: backup.chain.workflowId,
        firstRunId: backup.chain.firstExecutionRunId,
        startedAt: backup.startedAt,
        kalpaVersion: KALPA_VERSION,
        ...given({ startedBy: who, label: request.label, keepFor: request.keepFor }),
      };
      await command(() => writeIntent(repository, intended));
    });
  };
}
