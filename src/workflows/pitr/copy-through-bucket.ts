import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import { childId, formatMicros } from '../../contract';
import { backUpDatabase } from '../back-up-database';
import { PreflightQuestions } from '../run/ask-preflight';
import { longStep } from '../run/policies';
import { upsertKnownAttributes } from '../run/progress';
import { restoreDatabase } from '../restore-database';
import { ownChain } from '../run/run-context';
import type { Recovered, RecoveryRun } from './recovery';
import { given } from '../../objects/given';

/**
 * A copy of a moment where the cluster can't clone: a backup that has it, made now if there is none, is restored to
 * that moment under the new name. Both are separate runs with their own locks.
 */
export async function copyThroughBucket(
  { request, toMicros, settings, progress }: RecoveryRun,
  as: string,
): Promise<Recovered> {
  const { database, whenBusy, waitAtMost } = request;
  const busy = {
    ...given({ whenBusy, waitAtMost }),
  };
  const to = formatMicros(toMicros);
  const chain = ownChain();
  const child = (part: string, staticSummary: string) => ({
    workflowId: childId(chain, part),
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary,
  });
  upsertKnownAttributes(settings, {
    KalpaCluster: settings.cluster,
    KalpaDatabase: database,
    KalpaOperation: 'recoverToPointInTime',
  });
  progress.enter('preflight');
  const found = await new PreflightQuestions(settings, progress).ask(
    `may ${database} be copied?`,
    async (summary, patience) =>
      await longStep(settings, summary).preflightCopy({ database, toMicros, as, ...patience }),
  );
  progress.enter('clone');
  const { backupId } =
    found.backupId === undefined
      ? await progress.during(`Backing up ${database} with its history.`, () =>
          executeChild(backUpDatabase, {
            ...child('backup', `back up ${database} with its history`),
            args: [{ database, fingerprint: 'none', ...busy }],
          }),
        )
      : { backupId: found.backupId };
  const restored = await progress.during(`Restoring ${backupId} to ${to}.`, () =>
    executeChild(restoreDatabase, {
      ...child('restore', `restore ${backupId} to ${to} as ${as}`),
      args: [{ backup: backupId, as, to, verify: 'objects', ...busy }],
    }),
  );
  const invalidIndexes: string[] = [];
  return {
    database: restored.database,
    recoveredTo: to,
    mode: 'clone',
    invalidIndexes,
    warnings: [`The cluster can't clone: this is ${backupId}, restored to that moment.`, ...(restored.warnings ?? [])],
  };
}
