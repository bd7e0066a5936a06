import { activityInfo } from '@temporalio/activity';
import { KALPA_VERSION } from '../../../config';
import { clusterQueue, type Chain, type OperationName } from '../../../contract';
import { writeRehearsal } from '../../../repository';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { describeRun } from '../lock/guardian-state';
import { storeOf } from '../lookup/backup-store';
import type { RestorableBackup } from '../lookup/find-backup';

export interface RecordRehearsalInput {
  chain: Chain;
  backup: RestorableBackup;
  /** When it was proved good or found bad; RFC 3339. */
  provedAt: string;
  level: 'objects' | 'counts' | 'full';
  tablesChecked: number;
  rowsChecked: number;
  recoveryTimeSeconds: number;
  phases: { phase: string; seconds: number }[];
  /** What is wrong with the backup; empty: it is proved good. */
  problems: string[];
}

const REHEARSE: OperationName = 'rehearseRestore';

/**
 * Writes the record of the proof, signed where records are. Before the scratch database is dropped: a failing clean-up
 * must not lose a proof. Only for a run of `rehearseRestore` on this cluster's own queue, as recorded by Temporal:
 * retention relies on these records, and a caller can claim anything.
 */
export function makeRecordRehearsal(dependencies: ControlDependencies) {
  return async function recordRehearsal(input: RecordRehearsalInput): Promise<{ record: string }> {
    await confirmRehearsal(dependencies, input.chain);
    const { chain, backup, provedAt, problems, ...found } = input;
    const { level, tablesChecked, rowsChecked, recoveryTimeSeconds, phases } = found;
    const record = await writeRehearsal(storeOf(dependencies, backup), {
      backupId: backup.backupId,
      ok: problems.length === 0,
      verifiedAt: new Date(provedAt),
      problems,
      workflowId: chain.workflowId,
      firstRunId: chain.firstExecutionRunId,
      rehearsal: {
        recoveryPoint: backup.recoveryPoint,
        ...{ level, tablesChecked, rowsChecked, recoveryTimeSeconds, phases },
        kalpaVersion: KALPA_VERSION,
      },
    });
    return { record };
  };
}

async function confirmRehearsal(
  dependencies: Pick<ControlDependencies, 'client' | 'config'>,
  { workflowId, firstExecutionRunId }: Chain,
): Promise<void> {
  const caller = activityInfo().workflowExecution;
  const run = caller && (await describeRun(dependencies, caller.workflowId, caller.runId));
  const first = run?.raw.workflowExecutionInfo?.firstRunId ?? run?.runId;
  if (
    caller?.workflowId === workflowId &&
    first === firstExecutionRunId &&
    run?.type === REHEARSE &&
    run.taskQueue === clusterQueue(dependencies.config.cluster)
  )
    return;
  throw failWith(
    'InvalidInput',
    `${caller?.workflowId ?? 'The caller'} is no ${REHEARSE} of cluster ${dependencies.config.cluster}, so no proof was recorded. Start one: kalpa rehearse.`,
  );
}
