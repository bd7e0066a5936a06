import { checkedDurationMs, type OperationName, type Settings } from '../../contract';
import { gaveUp } from '../run/finish-run';
import { Guardians, type BusyOptions, type HeldGuardian } from './guarded';
import { upsertKnown, type RunProgress } from '../run/progress';
import { ownChain } from '../run/run-context';

/** What the steps of an operation on one database share. */
export interface HeldDatabase<R> {
  request: R;
  database: string;
  settings: Settings;
  guardians: Guardians;
  guardian: HeldGuardian;
  /** Of other databases that the operation must not see changed. */
  others: HeldGuardian[];
  progress: RunProgress;
  warnings: string[];
  warn: (text: string) => void;
  /** Found out on the way; the operation needs no store. */
  storeIsAway?: boolean;
}

interface Operation<R> {
  operation: OperationName | 'expireSnapshot';
  request: R;
  database: string;
  /** Other databases to hold, too. */
  alsoHold?: string[];
  settings: Settings;
  progress: RunProgress;
}

/** What a caller asked for when the database is busy. */
export function busyOptions(request: {
  whenBusy?: 'fail' | 'wait' | undefined;
  waitAtMost?: string | undefined;
}): BusyOptions {
  return {
    whenBusy: request.whenBusy ?? 'fail',
    ...(request.waitAtMost === undefined ? {} : { waitAtMostMs: checkedDurationMs(request.waitAtMost) }),
  };
}

/** Takes the guardian of the database, then asks preflight; a refusal lets go of the guardian before anything was changed. */
export async function holdDatabase<R extends Parameters<typeof busyOptions>[0], P>(
  { operation, request, database, alsoHold = [], settings, progress }: Operation<R>,
  preflight: (held: HeldDatabase<R>) => Promise<P>,
): Promise<HeldDatabase<R> & { checked: P }> {
  upsertKnown(settings, { KalpaCluster: settings.cluster, KalpaDatabase: database, KalpaOperation: operation });
  const guardians = new Guardians(operation, ownChain(), settings, progress);
  const { guardian, others } = await takeAll(guardians, { database, alsoHold }, busyOptions(request));
  const warnings: string[] = [];
  const warn = (text: string): void => {
    warnings.push(text);
  };
  const held = { request, database, settings, guardians, guardian, others, progress, warnings, warn };
  try {
    progress.enter('preflight');
    return { ...held, checked: await preflight(held) };
  } catch (error) {
    throw await gaveUp(held, error, 'The cluster');
  }
}

/** In the order of their names, so that two operations never wait for each other. */
async function takeAll(
  guardians: Guardians,
  { database, alsoHold }: { database: string; alsoHold: string[] },
  busy: BusyOptions,
): Promise<{ guardian: HeldGuardian; others: HeldGuardian[] }> {
  const held = new Map<string, HeldGuardian>();
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
