import { isCancellation } from '@temporalio/workflow';
import { checkedDurationMs, type OperationName, type Settings } from '../contract';
import { asRunFailure } from './failure';
import { Guardians, type BusyOptions, type HeldGuardian } from './guarded';
import { upsertKnown, type RunProgress } from './progress';
import { ownChain } from './run-context';

/** What the steps of an operation on one database share. */
export interface HeldDatabase<R> {
  request: R;
  database: string;
  settings: Settings;
  guardians: Guardians;
  guardian: HeldGuardian;
  progress: RunProgress;
  warnings: string[];
  warn: (text: string) => void;
}

interface Operation<R> {
  operation: OperationName | 'expireSnapshot';
  request: R;
  database: string;
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
  { operation, request, database, settings, progress }: Operation<R>,
  preflight: (held: HeldDatabase<R>) => Promise<P>,
): Promise<HeldDatabase<R> & { checked: P }> {
  upsertKnown(settings, { KalpaCluster: settings.cluster, KalpaDatabase: database, KalpaOperation: operation });
  const guardians = new Guardians(operation, ownChain(), settings);
  const guardian = await guardians.takeDatabase(database, busyOptions(request)).catch((error: unknown) => {
    progress.fail('Refused before anything was changed.');
    throw error;
  });
  const warnings: string[] = [];
  const warn = (text: string): void => {
    warnings.push(text);
  };
  const held = { request, database, settings, guardians, guardian, progress, warnings, warn };
  try {
    progress.enter('preflight');
    return { ...held, checked: await preflight(held) };
  } catch (error) {
    progress.fail('Refused before anything was changed.');
    await guardian.close(isCancellation(error) ? 'cancelled' : 'failed');
    throw asRunFailure(error, 'The cluster');
  }
}
