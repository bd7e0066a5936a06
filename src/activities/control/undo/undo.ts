import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import { getLoadBalancerState, setLoadBalancerEnabled } from '../../../yugabyte';
import { closeDump, closeIntent, isCommitted, isDumpCommitted, layout } from '../../../repository';
import { abortUploads } from '../../../transfer';
import { bareName, SCRATCH_NAME, type Chain } from '../../../contract';
import type { StartedRestoration, OwnerEnd, Undo, UndoOf } from '../../../contract/internal';
import { ensureDeleted } from './snapshot-deletion';
import type { ControlDependencies } from '../dependencies';
import { isSameDatabase } from '../run/same-database';
import { snapshotCandidates } from './snapshot-candidates';
import { provedMaking } from './makings';
import { confirmOwn, missingOfSteps, notProved } from './proofs';
import { undoClone, undoKeyspaceClone } from './undo-clone';
import { undoSchedule } from './undo-schedule';
import { untilRestorationEnds } from './until-restoration-ends';
import { given } from '../../../objects/given';

export interface UndoInput {
  undo: Undo;
  /** How the owner ended, for the record. */
  end: OwnerEnd;
  guardianId: string;
  owner: Chain;
}

type Undoer<K extends Undo['kind']> = (
  dependencies: ControlDependencies,
  undo: UndoOf<K>,
  input: UndoInput,
) => Promise<string | undefined>;

/** Undoes one note; each kind first looks, so that a second attempt is harmless. Returns what it undid. */
export function makeUndo(dependencies: ControlDependencies) {
  const undoers: { [K in Undo['kind']]: Undoer<K> } = {
    snapshot: undoSnapshot,
    scratch: undoScratch,
    keyspace: undoKeyspace,
    newKeyspace: undoNewKeyspace,
    importedSnapshot: undoImportedSnapshot,
    restoration: undoRestoration,
    schedule: undoSchedule,
    clone: undoClone,
    keyspaceClone: undoKeyspaceClone,
    loadBalancer: undoLoadBalancer,
    intent: undoIntent,
    dump: undoDump,
    scratchDatabase: undoScratchDatabase,
    stoppedTriggers: undoStoppedTriggers,
  };
  return async function undo(input: UndoInput): Promise<{ undone?: string }> {
    await confirmOwn(dependencies, input);
    const undone = await (undoers[input.undo.kind] as Undoer<Undo['kind']>)(dependencies, input.undo, input);
    return undone === undefined ? {} : { undone };
  };
}

/**
 * Deletes the id that was printed to the run; without one, the only candidate that appeared since. Several are left
 * alone.
 */
async function undoSnapshot(
  dependencies: ControlDependencies,
  { snapshotId, listedBefore, database, anotherMayCome }: UndoOf<'snapshot'>,
): Promise<string | undefined> {
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  if (anotherMayCome) {
    const others = await snapshotCandidates(yugabyte, { database, listedBefore }, signal);
    if (others.length === 0) return undefined;
    throw new Error(
      `the reply of a snapshot's creation was lost, it was requested again, and ${others.join(', ')} appeared beside the run's own; it is not known whether this run created it, so check whether it is needed, and otherwise delete it with yb-admin delete_snapshot`,
    );
  }
  if (snapshotId !== undefined)
    return (await ensureDeleted(yugabyte, snapshotId, signal)) ? `deleted snapshot ${snapshotId}` : undefined;
  if (activityInfo().attempt === 1) await sleep(dependencies.timing.rpcTimeout); // the master may still be creating it
  const candidates = await snapshotCandidates(yugabyte, { database, listedBefore }, signal);
  const [only] = candidates;
  if (only === undefined) return undefined;
  if (candidates.length > 1) {
    throw new Error(
      `${candidates.length} snapshots appeared while a snapshot of ${database} was created and its reply was lost (${candidates.join(', ')}); it is not known which one is the run's; delete that one by hand with yb-admin delete_snapshot`,
    );
  }
  return (await ensureDeleted(yugabyte, only, signal)) ? `deleted snapshot ${only}` : undefined;
}

/**
 * Drops the scratch database and its imported snapshot; while a restoration may be running in it, neither is touched.
 */
async function undoScratch(dependencies: ControlDependencies, undo: UndoOf<'scratch'>): Promise<string | undefined> {
  const { sql } = dependencies.yugabyte();
  if (!SCRATCH_NAME.test(undo.scratchName))
    throw new Error(`${undo.scratchName} is no scratch name, so it was not dropped`);
  return await undoImport(dependencies, undo, `ysql.${undo.scratchName}`, async () => {
    const { dropped } = await sql.dropDatabase(undo.scratchName);
    return dropped ? `dropped ${undo.scratchName}` : undefined;
  });
}

/** The same for a keyspace: only tables that did not exist before the run are dropped. */
async function undoKeyspace(
  dependencies: ControlDependencies,
  undo: UndoOf<'keyspace'>,
  { owner }: UndoInput,
): Promise<string | undefined> {
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  return await undoImport(dependencies, undo, undo.database, async () => {
    const keyspace = bareName(undo.database);
    const there = await yugabyte.api(undo.database).tables(keyspace, { signal });
    if (!there) return undefined;
    // Otherwise the keyspace was dropped, with all that the run had made in it, and this one is someone else's.
    if (!(await isSameDatabase(yugabyte, undo, signal))) return undefined;
    const before = await provedMaking(dependencies, owner, undo.database);
    const made = there
      .filter(({ name, kind }) => kind === 'table' && undo.tables.includes(name) && !before.tables.includes(name))
      .map(({ name }) => name);
    await yugabyte.cql.dropTables(keyspace, made, { signal });
    if (!before.existed && there.every(({ name, kind }) => kind === 'index' || made.includes(name))) {
      await yugabyte.cql.dropKeyspace(keyspace, { signal });
      return `dropped ${undo.database}`;
    }
    return made.length > 0 ? `dropped ${made.join(', ')} of ${undo.database}` : undefined;
  });
}

/** Drops what a dump was loaded into. Tables of others stay, and so does the keyspace then. */
async function undoNewKeyspace(
  dependencies: ControlDependencies,
  { database, tables, namespaceId }: UndoOf<'newKeyspace'>,
  { owner }: UndoInput,
): Promise<string | undefined> {
  const yugabyte = dependencies.yugabyte();
  const { cql } = yugabyte;
  const signal = cancellationSignal();
  const keyspace = bareName(database);
  const there = await yugabyte.api(database).tables(keyspace, { signal });
  if (!there || !(await isSameDatabase(yugabyte, { database, namespaceId }, signal))) return undefined;
  const before = await provedMaking(dependencies, owner, database);
  if (before.existed) return undefined; // the run was refused, and made nothing
  const ours = there.filter(({ name, kind }) => kind === 'table' && tables.includes(name)).map(({ name }) => name);
  await cql.dropTables(keyspace, ours, { signal });
  if (there.some(({ name, kind }) => kind === 'table' && !ours.includes(name)))
    return `dropped ${ours.join(', ')} of ${database}`;
  await cql.dropKeyspace(keyspace, { signal });
  return `dropped ${database}`;
}

/** Waits for a restoration that may be running, deletes the imported snapshot, then drops what was imported into. */
async function undoImport(
  dependencies: ControlDependencies,
  {
    restoration,
    importedSnapshotId,
    listedBefore,
  }: Pick<UndoOf<'scratch'>, 'restoration' | 'importedSnapshotId' | 'listedBefore'>,
  database: string,
  drop: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  if (importedSnapshotId !== undefined)
    await untilNotRestored(
      dependencies,
      importedSnapshotId,
      restoration,
      `snapshot ${importedSnapshotId} and ${database} stay`,
    );
  const imported =
    importedSnapshotId === undefined
      ? await snapshotCandidates(yugabyte, { database, listedBefore }, signal)
      : [importedSnapshotId];
  const [only] = imported;
  if (only !== undefined && imported.length === 1) await ensureDeleted(yugabyte, only, signal);
  const undone = await drop();
  if (imported.length > 1)
    throw new Error(
      `${imported.length} snapshots appeared while ${database} was imported (${imported.join(', ')}); it is not known which one is the run's; delete that one by hand`,
    );
  return undone;
}

async function undoImportedSnapshot(
  dependencies: ControlDependencies,
  { snapshotId, restoration }: UndoOf<'importedSnapshot'>,
): Promise<string | undefined> {
  await untilNotRestored(dependencies, snapshotId, restoration, `snapshot ${snapshotId} stays`);
  return (await ensureDeleted(dependencies.yugabyte(), snapshotId, cancellationSignal()))
    ? `deleted imported snapshot ${snapshotId}`
    : undefined;
}

/** Deleting a snapshot while it is being restored crash-loops tservers. */
async function untilNotRestored(
  dependencies: ControlDependencies,
  snapshotId: string,
  restoration: StartedRestoration | undefined,
  whatStays: string,
): Promise<void> {
  if (restoration)
    await untilRestorationEnds(dependencies, { ...restoration, from: { snapshotIds: [snapshotId] }, whatStays });
}

/** Nothing to undo: the lock is held until the restoration of a database that is kept has ended. */
async function undoRestoration(
  dependencies: ControlDependencies,
  { id, snapshotIds, scheduleId, listedBefore, database }: UndoOf<'restoration'>,
): Promise<undefined> {
  await untilRestorationEnds(dependencies, {
    ...given({ id }),
    from: scheduleId === undefined ? { snapshotIds } : { scheduleId },
    listedBefore,
    whatStays: `${database} may be half restored`,
  });
}

/** Restores the load balancer as the run found it. If someone else switched it off, it stays off. */
async function undoLoadBalancer(
  dependencies: ControlDependencies,
  _undo: UndoOf<'loadBalancer'>,
  claim: UndoInput,
): Promise<string | undefined> {
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  const missing = await missingOfSteps(dependencies, claim);
  if (missing !== undefined) {
    // The run may have ended between its note and its step.
    if ((await yugabyte.run(getLoadBalancerState, {}, { signal })).enabled) return undefined;
    throw notProved(claim, missing);
  }
  await yugabyte.run(setLoadBalancerEnabled, { enabled: true }, { signal });
  return 'switched the load balancer on again';
}

/**
 * Aborts uploads that a killed or cancelled copy left open, and records the end of a backup that was never committed.
 * Exported for tests.
 */
export async function undoIntent(
  { repository, store, config }: ControlDependencies,
  { backupId }: UndoOf<'intent'>,
  { end }: UndoInput,
): Promise<string | undefined> {
  const signal = cancellationSignal();
  await abortUploads(store, layout.backup(config.cluster, backupId), { signal });
  if (end === 'complete' || (await isCommitted(repository, backupId))) return undefined;
  await closeIntent(repository, { backupId, end });
  return `recorded ${backupId} as ${end}`;
}

/** The same for a logical dump. */
async function undoDump(
  { repository, store, config }: ControlDependencies,
  { dumpId }: UndoOf<'dump'>,
  { end }: UndoInput,
): Promise<string | undefined> {
  await abortUploads(store, layout.dump(config.cluster, dumpId), { signal: cancellationSignal() });
  if (end === 'complete' || (await isDumpCommitted(repository, dumpId))) return undefined;
  await closeDump(repository, { dumpId, end });
  return `recorded ${dumpId} as ${end}`;
}

/** Drops what a dump was loaded into; our own connections to it (a load that is still running) are ended first. */
async function undoScratchDatabase(
  { yugabyte }: ControlDependencies,
  { scratchName }: UndoOf<'scratchDatabase'>,
): Promise<string | undefined> {
  if (!SCRATCH_NAME.test(scratchName)) throw new Error(`${scratchName} is no scratch name, so it was not dropped`);
  const { sql } = yugabyte();
  const { dropped } = await sql.dropDatabase(scratchName);
  return dropped ? `dropped ${scratchName}` : undefined;
}

/**
 * Where DDL is part of the load's transaction the triggers fire already; a load that is still running is waited for at
 * its lock.
 */
async function undoStoppedTriggers(
  { yugabyte }: ControlDependencies,
  { database, namespaceId, triggers }: UndoOf<'stoppedTriggers'>,
): Promise<string | undefined> {
  if (!(await isSameDatabase(yugabyte(), { database, namespaceId }, cancellationSignal()))) return undefined;
  const changed = await yugabyte().sql.enableTriggers(bareName(database), triggers);
  return changed === 0 ? undefined : `enabled ${changed} triggers of ${database} again`;
}
