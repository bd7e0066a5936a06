import { checkedDurationMs, type OperationName, type SearchAttributeName } from '../../contract';
import type { Settings } from '../../contract/internal';
import { StartedSteps } from '../run/started-steps';
import { PreflightQuestions } from '../run/ask-preflight';
import { cleanUpAfterFailure } from '../run/finish-run';
import { Guardians, type BusyOptions, type GuardianHandle } from './guardians';
import { upsertKnownAttributes, type RunProgress } from '../run/progress';
import { ownChain } from '../run/run-context';

/** What the steps of an operation on one database share. */
export interface HeldDatabase<R> {
  request: R;
  database: string;
  settings: Settings;
  guardians: Guardians;
  guardian: GuardianHandle;
  /** Guardians of other databases that must not change during the operation. */
  others: GuardianHandle[];
  progress: RunProgress;
  startedSteps: StartedSteps;
  warnings: string[];
  warn: (text: string) => void;
  /** Learned on the way; the operation needs no store. */
  storeIsAway?: boolean;
  /** Set once a snapshot beside this run's own may appear: those listed before, and the run's own. */
  snapshotsAccountedFor?: string[];
}

interface Operation<R> {
  operation: OperationName | 'expireSnapshot';
  request: R;
  database: string;
  /** Other databases to lock as well. */
  alsoHold?: string[];
  /** Further search attributes of the run. */
  known?: Partial<Record<SearchAttributeName, string | Date>>;
  settings: Settings;
  progress: RunProgress;
}

/** How a caller deals with a busy database. */
interface BusyRequest {
  whenBusy?: 'fail' | 'wait' | undefined;
  waitAtMost?: string | undefined;
}

/**
 * How every operation on a database begins: it takes the guardian, then runs preflight; a refusal releases the guardian
 * before anything was changed.
 */
export async function holdDatabase<R extends BusyRequest, P>(
  { operation, request, database, alsoHold = [], known = {}, settings, progress }: Operation<R>,
  preflight: (questions: PreflightQuestions, held: HeldDatabase<R>) => Promise<P>,
): Promise<HeldDatabase<R> & { checked: P }> {
  const cluster = settings.cluster;
  upsertKnownAttributes(settings, {
    KalpaCluster: cluster,
    KalpaDatabase: database,
    KalpaOperation: operation,
    ...known,
  });
  const guardians = new Guardians(operation, ownChain(), settings, progress);
  const { whenBusy = 'fail', waitAtMost } = request;
  const { guardian, others } = await takeAll(
    guardians,
    { database, alsoHold },
    { whenBusy, waitAtMostMs: waitAtMost === undefined ? undefined : checkedDurationMs(waitAtMost) },
  );
  const warnings: string[] = [];
  const warn = (text: string): void => {
    warnings.push(text);
  };
  const startedSteps = new StartedSteps();
  const held = { request, database, settings, guardians, guardian, others, progress, startedSteps, warnings, warn };
  try {
    progress.enter('preflight');
    return { ...held, checked: await preflight(new PreflightQuestions(settings, progress), held) };
  } catch (error) {
    throw await cleanUpAfterFailure(held, error, 'The cluster');
  }
}

/** In the order of their names, so that two operations never deadlock. */
async function takeAll(
  guardians: Guardians,
  { database, alsoHold }: { database: string; alsoHold: string[] },
  busy: BusyOptions,
): Promise<{ guardian: GuardianHandle; others: GuardianHandle[] }> {
  const held = new Map<string, GuardianHandle>();
  try {
    for (const name of [...new Set([database, ...alsoHold])].sort())
      held.set(name, await guardians.takeDatabase(name, busy));
  } catch (error) {
    for (const one of held.values()) await one.close('failed');
    throw error;
  }
  const guardian = held.get(database);
  if (!guardian) throw new RangeError(`${database} was not held`);
  return { guardian, others: [...held.values()].filter((one) => one !== guardian) };
}
