import { workflowInfo } from '@temporalio/workflow';
import type { DumpIdentity } from '../../activities/control/dump/open-dump';
import type { PreflightDumpInput } from '../../activities/control/dump/preflight-dump';
import { dumpId, type DumpClusterInput, type DumpDatabaseInput } from '../../contract';
import { holdDatabase, type HeldDatabase } from '../lock/hold-database';
import { notedStep } from '../run/noted-step';
import { shortStep } from '../run/policies';
import { ownChain } from '../run/run-context';
import type { StartedRun } from '../run/run-operation';

/** Everything that the steps of one dump share. */
export interface Dump extends HeldDatabase<DumpDatabaseInput | DumpClusterInput> {
  identity: DumpIdentity;
  /** The databases to dump, `ysql.…`. */
  databases: string[];
}

interface Subject {
  operation: 'dumpDatabase' | 'dumpCluster';
  /** `ysql.orders`, or `ysql` for a whole cluster. */
  subject: string;
  preflight: PreflightDumpInput;
}

/**
 * Takes the guardian, refuses early with everything that is wrong, and writes the protection record before any data.
 */
export async function openDump(
  { request, settings, progress }: StartedRun<DumpDatabaseInput | DumpClusterInput>,
  { operation, subject, preflight }: Subject,
): Promise<Dump> {
  const { startTime, firstExecutionRunId } = workflowInfo();
  const id = dumpId(subject, startTime, firstExecutionRunId);
  const identity: DumpIdentity = { dumpId: id, subject, chain: ownChain(), startedAt: startTime.toISOString() };
  const known = { KalpaBackup: id };
  const held = await holdDatabase(
    { operation, request, database: subject, known, settings, progress },
    async (questions, opening) => {
      const { databases, warnings } = await questions.ask(
        `may ${subject} be dumped?`,
        async (summary, patience) => await shortStep(settings, summary).preflightDump({ ...preflight, ...patience }),
      );
      warnings.forEach(opening.warn);
      await notedStep(opening, { key: 'dump', undo: { kind: 'dump', dumpId: id } }, () =>
        shortStep(settings, `protection record of ${id}`).openDump({
          guarded: opening.guardians.guarded(),
          dump: identity,
        }),
      );
      return databases;
    },
  );
  return { ...held, identity, databases: held.checked };
}
