import type { Policies } from '../../../contract';
import { checkedDurationMs } from '../../../contract';
import { policiesOf } from '../../../holdings';
import { isRepositoryError, lockedCluster, lockedStore, readDumpIntent, readIntent } from '../../../repository';
import { rulesOf } from '../../../retention';
import type { ObjectLock } from '../../../transfer';
import type { ControlDependencies } from '../dependencies';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How long a backup or dump that begins now is locked, by the store's clock; undefined without `repository.objectLock`.
 * At least for its days; longer if the backup itself or a policy promises to keep every backup for longer (`keepFor`,
 * `recoveryWindow`); rules that count copies promise no time to a single one. One day is added, since ages are counted
 * from the recovery point, which is later than the start.
 */
export async function lockOfNew(
  { config, timing, repository }: ControlDependencies,
  made: { kind: 'backup' | 'dump'; database: string; label?: string | undefined; keepFor?: string | undefined },
): Promise<ObjectLock | undefined> {
  const { objectLock } = config.repository;
  if (objectLock === undefined) return undefined;
  const { windowMs = 0, classOf } = rulesOf(await recordedPolicies(repository), made);
  const keepForMs = made.keepFor === undefined ? (classOf(made.label).keepForMs ?? 0) : checkedDurationMs(made.keepFor);
  // A run creates objects until it is too old to be committed: none of them may ask for a lock that has expired.
  const lockedMs = Math.max(objectLock.days * DAY_MS, keepForMs, windowMs, timing.maxRunTime) + DAY_MS;
  const now = (await repository.store.serverTime()).getTime();
  return { mode: objectLock.mode, until: new Date(Math.ceil((now + lockedMs) / 1000) * 1000).toISOString() };
}

/** A policy that can't be understood promises nothing; `kalpa retain` reports it. */
async function recordedPolicies(repository: ControlDependencies['repository']): Promise<Policies> {
  try {
    return await policiesOf(repository);
  } catch (error) {
    if (isRepositoryError(error, 'ManifestInvalid')) return {};
    throw error;
  }
}

/** As recorded in the protection record, which the first attempt wrote. */
export async function lockOf(
  { config, repository }: Pick<ControlDependencies, 'config' | 'repository'>,
  made: { backupId: string } | { dumpId: string },
): Promise<ObjectLock | undefined> {
  if (config.repository.objectLock === undefined) return undefined;
  const intent =
    'dumpId' in made ? await readDumpIntent(repository, made.dumpId) : await readIntent(repository, made.backupId);
  return intent?.lock;
}

/** The same dependencies, with the object lock of the backup or dump on everything created with them. */
export async function withObjectLock<D extends Pick<ControlDependencies, 'config' | 'repository' | 'store'>>(
  dependencies: D,
  made: { backupId: string } | { dumpId: string },
): Promise<D> {
  const lock = await lockOf(dependencies, made);
  if (lock === undefined) return dependencies;
  return {
    ...dependencies,
    store: lockedStore(dependencies.store, lock),
    repository: lockedCluster(dependencies.repository, lock),
  };
}
