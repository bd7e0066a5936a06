import { workflowInfo } from '@temporalio/workflow';
import type { DumpIdentity } from '../../activities/control/dump/dump-identity';
import type { PreflightDumpInput } from '../../activities/control/dump/preflight-dump';
import { checkedDurationMs, dumpId, type Settings } from '../../contract';
import { gaveUp } from '../run/finish-run';
import { PreflightQuestions } from '../run/ask-preflight';
import { Guardians, type HeldGuardian } from '../lock/guarded';
import { notedStep } from '../run/noted-step';
import { control } from '../run/policies';
import { upsertKnown, type RunProgress } from '../run/progress';
import { ownChain } from '../run/run-context';

/** Everything that the steps of one dump share. */
export interface Dump {
  identity: DumpIdentity;
  /** What there is to dump, `ysql.…`. */
  databases: string[];
  settings: Settings;
  guardians: Guardians;
  guardian: HeldGuardian;
  progress: RunProgress;
  warnings: string[];
}

interface Subject {
  operation: 'dumpDatabase' | 'dumpCluster';
  /** `ysql.orders`, or `ysql` for a whole cluster. */
  subject: string;
  preflight: PreflightDumpInput;
  whenBusy?: 'fail' | 'wait' | undefined;
  waitAtMost?: string | undefined;
}

/** Takes the guardian, refuses early with everything that is wrong, and writes the protection record before any data. */
export async function openDump(
  { operation, subject, preflight, whenBusy, waitAtMost }: Subject,
  settings: Settings,
  progress: RunProgress,
): Promise<Dump> {
  const { startTime, firstExecutionRunId } = workflowInfo();
  const chain = ownChain();
  const id = dumpId(subject, startTime, firstExecutionRunId);
  progress.use(settings);
  upsertKnown(settings, {
    KalpaCluster: settings.cluster,
    KalpaDatabase: subject,
    KalpaOperation: operation,
    KalpaBackup: id,
  });
  const guardians = new Guardians(operation, chain, settings, progress);
  const guardian = await guardians.takeDatabase(subject, {
    whenBusy: whenBusy ?? 'fail',
    ...(waitAtMost === undefined ? {} : { waitAtMostMs: checkedDurationMs(waitAtMost) }),
  });
  const identity: DumpIdentity = { dumpId: id, subject, chain, startedAt: startTime.toISOString() };
  try {
    progress.enter('preflight');
    const checked = await new PreflightQuestions(settings, progress).ask(
      `may ${subject} be dumped?`,
      async (summary, patience) => await control(settings, summary).preflightDump({ ...preflight, ...patience }),
    );
    const noted = { key: 'dump', undo: { kind: 'dump', dumpId: id } } as const;
    await notedStep({ guardian, settings, progress }, noted, () =>
      control(settings, `protection record of ${id}`).openDump({ guarded: guardians.guarded(), dump: identity }),
    );
    return {
      identity,
      databases: checked.databases,
      settings,
      guardians,
      guardian,
      progress,
      warnings: checked.warnings,
    };
  } catch (error) {
    throw await gaveUp({ guardian, progress }, error, 'The cluster');
  }
}
